#include "policy/number_choice.h"

#include <gtest/gtest.h>

#include "policy/channel_block.h"

namespace commsd::policy {
namespace {

store::PoolNumber number(std::string address, std::string country, std::string capabilities,
                         bool is_default = false, std::string status = "active") {
  store::PoolNumber one;
  one.number = std::move(address);
  one.country = std::move(country);
  one.capabilities = std::move(capabilities);
  one.is_default = is_default;
  one.status = std::move(status);
  return one;
}

std::string chosen(const std::vector<store::PoolNumber>& pool, std::string_view country,
                   std::string_view capability = "sms") {
  const auto found = choose_number(pool, country, capability);
  return found ? found->number : "none";
}

TEST(NumberChoice, SameCountryThenDefaultThenAny) {
  const std::vector<store::PoolNumber> pool = {number("+1a", "US", "sms voice"),
                                               number("+44a", "GB", "sms voice", true),
                                               number("+44b", "GB", "sms"),
                                               number("+49a", "DE", "voice"),
                                               number("+33a", "FR", "sms", false, "disabled"),
                                               number("+33b", "FR", "sms mms")};
  EXPECT_EQ(chosen(pool, "US"), "+1a");
  EXPECT_EQ(chosen(pool, "GB"), "+44a") << "the oldest of a country";
  EXPECT_EQ(chosen(pool, "DE"), "+44a") << "no SMS there, so the default";
  EXPECT_EQ(chosen(pool, "DE", "voice"), "+49a");
  EXPECT_EQ(chosen(pool, "FR"), "+33b") << "not the disabled one";
  EXPECT_EQ(chosen(pool, "JP"), "+44a");
  EXPECT_EQ(chosen(pool, ""), "+44a") << "an unknown country has no numbers";
  EXPECT_EQ(chosen(pool, "JP", "mms"), "+33b") << "any that can";
  EXPECT_EQ(chosen(pool, "US", "fax"), "none");
  EXPECT_EQ(chosen({}, "US"), "none");
}

TEST(ChannelBlock, KnowsItsWords) {
  EXPECT_TRUE(is_blocked("sms email", "email"));
  EXPECT_TRUE(is_blocked("*", "voice"));
  EXPECT_FALSE(is_blocked("sms email", "voice"));
  EXPECT_FALSE(is_blocked("", "sms"));
}

}  // namespace
}  // namespace commsd::policy
