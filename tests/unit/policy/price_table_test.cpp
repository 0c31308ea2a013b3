#include "policy/price_table.h"

#include <gmock/gmock.h>

#include "policy/limits.h"

namespace commsd::policy {
namespace {

using testing::HasSubstr;

const std::string default_prices = R"(
  - {item: sms, price: "0.1", source: s, date: d}
  - {item: mms, price: "0.2", source: s, date: d}
  - {item: whatsapp, price: "0.3", source: s, date: d}
  - {item: email, price: "0.001", source: s, date: d}
  - {item: voice, price: "0.4", source: s, date: d}
)";

std::string with(const std::string& entries) {
  return "currency: EUR\nprices:" + default_prices + entries;
}

TEST(PriceTable, TakesTheLongestBeginningOfTheProviderThenTheDefault) {
  const auto table = PriceTable::parse(with(R"(
  - {provider: first, item: sms, prefix: "+1", price: "0.0083", source: s, date: d}
  - {provider: first, item: sms, prefix: "+1876", price: "0.3", source: s, date: d}
  - {provider: second, item: sms, price: "0.05", source: s, date: d}
  - {item: sms, prefix: "+44", price: "0.04", source: s, date: d}
)"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->currency(), "EUR");
  const auto price = [&](const char* provider, const char* item, const char* to, int units = 1) {
    return table->estimate(provider, item, to, units);
  };
  EXPECT_EQ(price("first", "sms", "+14155552671"), 8'300);
  EXPECT_EQ(price("first", "sms", "+14155552671", 3), 24'900);
  EXPECT_EQ(price("first", "sms", "+18765550100"), 300'000);
  EXPECT_EQ(price("first", "sms", "+447700900100"), 40'000);
  EXPECT_EQ(price("first", "sms", "+4930123456"), 100'000);
  EXPECT_EQ(price("second", "sms", "+447700900100"), 50'000);
  EXPECT_EQ(price("", "sms", "+14155552671"), 100'000);
  EXPECT_EQ(price("first", "email", "a@example.com"), 1'000);
  EXPECT_EQ(price("first", "fax", "+1"), 400'000) << "unknown: as the dearest";
  EXPECT_EQ(price("first", "sms", ""), 100'000);
  EXPECT_EQ(price("first", "sms", "+1", 0), 8'300) << "never less than one unit";
  EXPECT_GT(table->estimate("first", "voice", "+1", INT64_MAX), 0) << "no overflow";
}

TEST(PriceTable, SaysWhatIsWrongWithAnEntry) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(  - {item: fax, price: "1", source: s, date: d})", "line 8: 'item' must be"},
      {R"(  - {item: sms, prefix: "1", price: "1", source: s, date: d})", "'prefix' must be"},
      {R"(  - {item: sms, prefix: "+123456789", price: "1", source: s, date: d})", "'prefix'"},
      {R"(  - {item: sms, prefix: "+2", price: "-1", source: s, date: d})", "'price' must be"},
      {R"(  - {item: sms, prefix: "+2", price: "0.0000001", source: s, date: d})", "'price'"},
      {R"(  - {item: sms, prefix: "+2", price: "1"})", "'source' and 'date'"},
      {R"(  - {item: sms, price: "1", source: s, date: d})", "a second price"},
      {R"(  - [])", "must be a group"},
  };
  for (const auto& [entry, message] : cases) {
    const auto table = PriceTable::parse(with(entry));
    ASSERT_FALSE(table) << entry;
    EXPECT_EQ(table.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(table.error().message, HasSubstr(message)) << entry;
  }
  for (const char* text :
       {"", "[]", "a: b", "currency: USD", "currency: USD\nprices: []",
        "currency: DOLLARS\nprices: []", "prices: {", "currency: {}\nprices: 3"}) {
    EXPECT_FALSE(PriceTable::parse(text)) << text;
  }
}

TEST(PriceTable, ShipsWithPricesThatCanBeRead) {
  const PriceTable table = PriceTable::standard();
  EXPECT_EQ(table.currency(), "USD");
  EXPECT_GT(table.estimate("nobody", "sms", "+4930123456", 1),
            table.estimate("sandbox", "sms", "+4930123456", 1));
}

TEST(TierTable, ShipsTheFourTiers) {
  const TierTable tiers = TierTable::standard();
  EXPECT_THAT(tiers.names(), testing::ElementsAre("enterprise", "free", "pro", "starter"));
  EXPECT_EQ(*tiers.find("free"), (Limits{5, 30, 100, 2, 1'000'000, 10'000'000}));
  EXPECT_EQ(*tiers.find("starter"), Limits());
  EXPECT_EQ(*tiers.find("enterprise"),
            (Limits{100, 2'000, 50'000, 2, 1'000'000'000, 50'000'000'000}));
  EXPECT_EQ(tiers.find("gold"), nullptr);
}

TEST(TierTable, SaysWhatIsWrong) {
  for (const char* text : {"", "tiers: {}", "tiers: [1]", "tiers: {a: 3}", "tiers: {a: {}}",
                           "tiers: {a: {per_minute: 1, per_hour: 1, per_day: 1}}",
                           "tiers: {a: {per_minute: -1, per_hour: 1, per_day: 1, "
                           "spend_per_day: 1, spend_per_month: 1}}",
                           "tiers: {a: {per_minute: x, per_hour: 1, per_day: 1, "
                           "spend_per_day: 1, spend_per_month: 1}}"}) {
    const auto table = TierTable::parse(text);
    ASSERT_FALSE(table) << text;
    EXPECT_THAT(table.error().message, HasSubstr("tiers")) << text;
  }
}

TEST(EffectiveLimits, EachComesFromTheFirstThatHasIt) {
  const TierTable tiers = TierTable::standard();
  store::LimitSituation situation;
  const Limits defaults{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(effective_limits(situation, tiers, defaults), defaults);
  situation.organization_tier = "free";
  EXPECT_EQ(effective_limits(situation, tiers, defaults),
            (Limits{5, 30, 100, 4, 1'000'000, 10'000'000}));
  situation.organization.per_minute = 7;
  situation.organization.same_number_per_day = 9;
  EXPECT_EQ(effective_limits(situation, tiers, defaults),
            (Limits{7, 30, 100, 9, 1'000'000, 10'000'000}));
  situation.agent_tier = "starter";
  EXPECT_EQ(effective_limits(situation, tiers, defaults),
            (Limits{10, 100, 500, 9, 10'000'000, 100'000'000}));
  situation.agent.per_minute = 0;
  situation.agent.spend_per_day = 50;
  EXPECT_EQ(effective_limits(situation, tiers, defaults),
            (Limits{0, 100, 500, 9, 50, 100'000'000}));
  situation.agent_tier = "a tier that is gone";
  EXPECT_EQ(effective_limits(situation, tiers, defaults), (Limits{0, 30, 100, 9, 50, 10'000'000}));
}

}  // namespace
}  // namespace commsd::policy
