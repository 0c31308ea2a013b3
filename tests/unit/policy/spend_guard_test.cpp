#include <deque>

#include <gmock/gmock.h>

#include "policy/calendar.h"
#include "policy/spend_bed.h"

namespace commsd::policy::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using store::LimitSettings;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SpendGuardTest : public SpendBed {
 protected:
  static LimitSettings limits_of(const std::string& agent_id = "agt_1") {
    LimitSettings settings;
    settings.org_id = "org_1";
    settings.agent_id = agent_id;
    return settings;
  }
  /// High enough not to matter.
  void open_all() {
    LimitSettings all = limits_of();
    all.per_minute = all.per_hour = all.per_day = 100'000;
    all.spend_per_day = all.spend_per_month = 1'000'000'000;
    set(all);
  }
  Error refusal(Result<std::int64_t> outcome) {
    if (outcome) {
      ADD_FAILURE() << "was let through";
      return {};
    }
    EXPECT_EQ(outcome.error().code, ErrorCode::rate_limited) << outcome.error().message;
    EXPECT_FALSE(outcome.error().remedy.empty());
    return outcome.error();
  }
};

TEST_F(SpendGuardTest, AMinuteSlides) {
  LimitSettings three = limits_of();
  three.per_minute = 3;
  set(three);
  const UnixMillis start = clock_.now();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(act());
    clock_.advance(seconds(10));
  }
  const Error fourth = refusal(act());
  EXPECT_EQ(fourth.rule, "limit.per_minute");
  EXPECT_EQ(fourth.next_allowed_at, start + 60'000);
  EXPECT_THAT(fourth.message, HasSubstr("used 3 of 3 actions in 60 seconds"));
  EXPECT_EQ(fourth.retry_after, milliseconds(30'000));
  clock_.set(start + 59'999);
  EXPECT_EQ(refusal(act()).rule, "limit.per_minute");
  clock_.set(start + 60'000);
  EXPECT_TRUE(act());
  EXPECT_EQ(refusal(act()).next_allowed_at, start + 70'000);
}

TEST_F(SpendGuardTest, AnHourSlidesTheDefaultsAreTenAndAHundred) {
  const UnixMillis start = clock_.now();
  int passed = 0;
  Error last;
  for (int minute = 0; minute < 11; ++minute) {
    for (int i = 0; i < 11; ++i) {
      auto outcome = act();
      if (outcome) {
        ++passed;
      } else {
        last = outcome.error();
      }
    }
    EXPECT_EQ(last.rule, minute < 10 ? "limit.per_minute" : "limit.per_hour");
    clock_.advance(minutes(1));
  }
  EXPECT_EQ(passed, 100);
  EXPECT_EQ(last.rule, "limit.per_hour");
  EXPECT_EQ(last.next_allowed_at, start + 3'600'000);
  clock_.set(start + 3'600'000);
  EXPECT_TRUE(act());
}

// Against the plain definition: how many were let through in the last 60 seconds and 60 minutes.
TEST_F(SpendGuardTest, SlidesAsItsDefinitionSays) {
  SeededRandom random(7);
  for (int round = 0; round < 4; ++round) {
    const std::string agent = round % 2 == 0 ? "agt_1" : "agt_2";
    LimitSettings some = limits_of(agent);
    some.per_minute = 2 + round * 3;
    some.per_hour = *some.per_minute * 3 + round;
    some.per_day = 100'000;
    some.spend_per_day = some.spend_per_month = 1'000'000'000;
    set(some);
    clock_.advance(hours(2));
    std::deque<UnixMillis> let_through;
    const auto within = [&](UnixMillis length) {
      return std::count_if(let_through.begin(), let_through.end(),
                           [&](UnixMillis at) { return at > clock_.now() - length; });
    };
    for (int i = 0; i < 120; ++i) {
      std::uint8_t noise[2];
      random.fill(noise);
      clock_.advance(milliseconds(noise[0] % 4 == 0 ? noise[1] * 1'000 : noise[1] * 40));
      const bool expected = within(60'000) < *some.per_minute && within(3'600'000) < *some.per_hour;
      auto outcome = act(action(next_subject(), agent));
      ASSERT_EQ(outcome.has_value(), expected) << "round " << round << ", action " << i;
      if (outcome) let_through.push_back(clock_.now());
    }
    EXPECT_LT(let_through.size(), 120U);
  }
}

TEST_F(SpendGuardTest, ADayIsOneOfUtc) {
  LimitSettings two = limits_of();
  two.per_day = 2;
  two.per_hour = 2;
  set(two);
  ASSERT_TRUE(act());
  clock_.advance(hours(1));
  ASSERT_TRUE(act());  // 23:13
  clock_.advance(minutes(40));
  const Error third = refusal(act());
  EXPECT_EQ(third.rule, "limit.per_day");
  EXPECT_EQ(third.next_allowed_at, day_start(clock_.now()) + one_day);
  EXPECT_THAT(third.message, HasSubstr("2023-11-15T00:00:00.000Z"));
  clock_.set(third.next_allowed_at - 1);
  EXPECT_EQ(refusal(act()).rule, "limit.per_day");
  clock_.set(third.next_allowed_at);
  EXPECT_TRUE(act());
}

TEST_F(SpendGuardTest, SpendOfADayAndAMonth) {
  LimitSettings cents = limits_of();
  cents.spend_per_day = 25'000;
  cents.spend_per_month = 45'000;
  set(cents);
  ASSERT_TRUE(act());
  ASSERT_TRUE(act());
  const Error third = refusal(act());
  EXPECT_EQ(third.rule, "spend.daily");
  EXPECT_THAT(third.message, HasSubstr("used 0.02 of 0.025 today (UTC)"));
  EXPECT_THAT(third.message, HasSubstr("about 0.01"));
  EXPECT_EQ(third.next_allowed_at, day_start(clock_.now()) + one_day);
  clock_.advance(hours(24));
  ASSERT_TRUE(act());
  ASSERT_TRUE(act());
  clock_.advance(hours(24));
  const Error month = refusal(act());
  EXPECT_EQ(month.rule, "spend.monthly");
  EXPECT_EQ(month.next_allowed_at, 1'701'388'800'000);  // 2023-12-01T00:00:00Z
  clock_.set(month.next_allowed_at);
  EXPECT_TRUE(act());
}

TEST_F(SpendGuardTest, ZeroAllowsNothingAndNamesNoTime) {
  struct Case {
    const char* rule;
    std::optional<std::int64_t> LimitSettings::*member;
  };
  const Case cases[] = {{"limit.per_minute", &LimitSettings::per_minute},
                        {"limit.per_hour", &LimitSettings::per_hour},
                        {"limit.per_day", &LimitSettings::per_day},
                        {"spend.daily", &LimitSettings::spend_per_day},
                        {"spend.monthly", &LimitSettings::spend_per_month}};
  for (const Case& one : cases) {
    LimitSettings none;
    none.org_id = "org_1";
    none.agent_id = "agt_2";
    none.*one.member = 0;
    set(none);
    // Longer windows stay open, whatever the order in which they are asked.
    const Error error = refusal(act(action(next_subject(), "agt_2")));
    EXPECT_EQ(error.rule, one.rule);
    EXPECT_EQ(error.next_allowed_at, 0) << one.rule;
    none.*one.member = -1;
    set(none);
  }
}

TEST_F(SpendGuardTest, CallsToOneNumberAreLimitedByThemselves) {
  open_all();
  const auto call = [&](const std::string& contact) {
    Spending spending = action(next_subject());
    spending.action = "voice_call";
    spending.item = "voice";
    spending.same_contact = contact;
    return act(spending);
  };
  EXPECT_TRUE(call("hash_1"));
  EXPECT_TRUE(call("hash_1"));
  EXPECT_TRUE(call("hash_2"));
  const Error third = refusal(call("hash_1"));
  EXPECT_EQ(third.rule, "limit.same_number");
  EXPECT_THAT(third.message, HasSubstr("used 2 of 2 calls to this number"));
  EXPECT_TRUE(act());  // a message is no call
  clock_.advance(hours(24));
  EXPECT_TRUE(call("hash_1"));
}

TEST_F(SpendGuardTest, AgentsAndOrganizationsCountApart) {
  LimitSettings one = limits_of();
  one.per_minute = 1;
  set(one);
  EXPECT_TRUE(act());
  EXPECT_EQ(refusal(act()).rule, "limit.per_minute");
  EXPECT_TRUE(act(action("b", "agt_2")));
  EXPECT_TRUE(act(action("msg_1", "agt_3")));  // a subject's name is its organization's business
  Spending foreign = action("d", "agt_3");
  foreign.org_id = "org_1";
  EXPECT_EQ(act(foreign).error().code, ErrorCode::not_found);
}

TEST_F(SpendGuardTest, ACapBoundsAllAgentsAndCountsWhatWasBefore) {
  open_all();
  ASSERT_TRUE(act());
  ASSERT_TRUE(act(action("b", "agt_2")));
  LimitSettings caps;
  caps.cap_per_day = 35'000;
  set(caps);
  ASSERT_TRUE(act());
  const Error day = refusal(act(action("c", "agt_2")));
  EXPECT_EQ(day.rule, "spend.org_daily");
  EXPECT_THAT(day.message, HasSubstr("organization 'org_1' have used 0.03 of 0.035"));
  EXPECT_TRUE(act(action("d", "agt_3")));  // another organization
  caps.cap_per_day = -1;
  caps.cap_per_month = 45'000;
  set(caps);
  ASSERT_TRUE(act());
  EXPECT_EQ(refusal(act()).rule, "spend.org_monthly");
  caps = LimitSettings();
  caps.cap_per_month = -1;
  set(caps);
  EXPECT_TRUE(act());
}

TEST_F(SpendGuardTest, AReservationFromBeforeACapDoesNotSlipPastIt) {
  auto before = executor_.run(guard_->reserve(action("a")));
  ASSERT_TRUE(before);
  LimitSettings caps;
  caps.cap_per_day = 0;
  set(caps);
  Admission admission(Sender{});
  before->add_to(admission);
  store::UnitOfWork unit;
  admission.add_to(unit);
  const auto outcome = executor_.run(store_->commit(std::move(unit)));
  ASSERT_FALSE(outcome->committed);
  EXPECT_EQ(admission.refusal(outcome->failed_step)->code, ErrorCode::conflict);
  EXPECT_EQ(situation().day_count, 0);
}

TEST_F(SpendGuardTest, WhatTheLawWantsIsCountedAndLetThrough) {
  LimitSettings none = limits_of();
  none.per_minute = 0;
  none.spend_per_day = 0;
  set(none);
  Spending mandated = action("a");
  mandated.mandated = true;
  EXPECT_TRUE(act(mandated));
  EXPECT_EQ(situation().day_count, 1);
  EXPECT_EQ(situation().day_spend, 10'000);
}

TEST_F(SpendGuardTest, TheVendorsPriceTakesThePlaceOfTheEstimate) {
  const Spending one = action("a");
  ASSERT_TRUE(act(one));
  EXPECT_EQ(situation().day_spend, 10'000);
  settle(one, 7'500, "USD");
  EXPECT_EQ(situation().day_spend, 7'500);
  settle(one, 7'500, "USD");  // the same again
  EXPECT_EQ(situation().day_spend, 7'500);
  clock_.advance(hours(24));  // the bill comes the next day and counts in the day of the message
  settle(one, 8'300, "USD");
  EXPECT_EQ(situation().day_spend, 0);
  EXPECT_EQ(situation().month_spend, 8'300);
  settle(one, 1, "EUR");  // says nothing about dollars
  settle(one, 8'300, "USD");
  EXPECT_EQ(situation().month_spend, 8'300);
  settle(one, 0, "");  // released
  EXPECT_EQ(situation().month_spend, 0);
  settle(action("never reserved"), 5'000, "USD");
  EXPECT_EQ(situation().month_spend, 0);
}

TEST_F(SpendGuardTest, TheCapFollowsTheVendorsPrice) {
  open_all();
  LimitSettings caps;
  caps.cap_per_day = 25'000;
  caps.cap_per_month = 1'000'000;
  set(caps);
  const Spending one = action("a");
  ASSERT_TRUE(act(one));
  ASSERT_TRUE(act());
  EXPECT_EQ(refusal(act()).rule, "spend.org_daily");
  settle(one, 0, "");
  EXPECT_TRUE(act());
  EXPECT_EQ(situation().organization_day_spend, 20'000);
  EXPECT_EQ(situation().organization_month_spend, 20'000);
}

// Whatever is reserved and settled in whatever order: a counter is the sum of its reservations.
TEST_F(SpendGuardTest, CountersAreTheSumOfWhatCounts) {
  open_all();
  SeededRandom random(3);
  std::map<std::string, std::pair<Spending, std::int64_t>> all;
  for (int i = 0; i < 200; ++i) {
    std::uint8_t noise[3];
    random.fill(noise);
    if (noise[0] % 2 == 0 || all.empty()) {
      const Spending spending = action(next_subject());
      ASSERT_TRUE(act(spending));
      all[spending.subject] = {spending, 10'000};
    } else {
      auto some = std::next(all.begin(), noise[1] % static_cast<std::uint8_t>(all.size()));
      const std::int64_t price = noise[2] * 100;
      settle(some->second.first, price, noise[2] % 3 == 0 ? "" : "USD");
      some->second.second = price;
    }
  }
  std::int64_t sum = 0;
  for (const auto& [subject, one] : all) sum += one.second;
  EXPECT_EQ(situation().day_spend, sum);
  EXPECT_EQ(situation().month_spend, sum);
  EXPECT_EQ(situation().day_count, static_cast<std::int64_t>(all.size()));
}

TEST_F(SpendGuardTest, EightyPerCentWarnsOnceAndTheLimitOnce) {
  std::vector<std::string> heard;
  alerts_->on_alert([&heard](const LimitAlert& alert) {
    heard.push_back(std::string(alert.rule) + (alert.reached ? " reached " : " warning ") +
                    std::to_string(alert.current) + '/' + std::to_string(alert.max));
  });
  LimitSettings ten = limits_of();
  ten.per_day = 5;
  ten.spend_per_day = 1'000'000;
  set(ten);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(act());
  EXPECT_THAT(heard, IsEmpty());
  ASSERT_TRUE(act());
  ASSERT_TRUE(act());
  EXPECT_THAT(heard, ElementsAre("limit.per_day warning 4/5"));
  refusal(act());
  refusal(act());
  EXPECT_THAT(heard, ElementsAre("limit.per_day warning 4/5", "limit.per_day reached 5/5"));
  // Another worker, which has raised nothing yet, does not repeat it.
  LimitAlerts other(*store_, *audit_, clock_);
  other.on_alert([&heard](const LimitAlert&) { heard.emplace_back("twice"); });
  SpendGuard guard(*store_, prices_, tiers_, other, clock_, Limits());
  EXPECT_FALSE(executor_.run(spend(*store_, guard, action(next_subject()))));
  EXPECT_EQ(heard.size(), 2U);
  const std::vector<std::string> lines = audited();
  EXPECT_THAT(lines, testing::Contains(
                         R"(limit_warning agt_1 {"rule":"limit.per_day","current":4,"max":5})"));
  EXPECT_THAT(lines, testing::Contains(
                         R"(limit_reached agt_1 {"rule":"limit.per_day","current":5,"max":5})"));
  clock_.advance(hours(24));  // a new window
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(act());
  EXPECT_EQ(heard.size(), 3U);
}

TEST_F(SpendGuardTest, EverySpendLimitWarnsAtEightyPerCent) {
  std::vector<std::string> heard;
  alerts_->on_alert([&heard](const LimitAlert& alert) {
    heard.push_back(std::string(alert.rule) + ' ' + alert.agent_id);
  });
  open_all();
  LimitSettings caps;
  caps.cap_per_day = 50'000;
  caps.cap_per_month = 60'000;
  set(caps);
  LimitSettings own = limits_of();
  own.spend_per_day = 20'000;
  own.spend_per_month = 30'000;
  set(own);
  ASSERT_TRUE(act());
  EXPECT_THAT(heard, IsEmpty());
  ASSERT_TRUE(act());
  EXPECT_THAT(heard, ElementsAre("spend.daily agt_1"));
  LimitSettings more = limits_of();
  more.spend_per_day = 30'000;
  set(more);
  ASSERT_TRUE(act());
  EXPECT_THAT(heard, ElementsAre("spend.daily agt_1", "spend.monthly agt_1"));
  ASSERT_TRUE(act(action("b", "agt_2")));
  ASSERT_TRUE(act(action("c", "agt_2")));
  EXPECT_THAT(heard, ElementsAre("spend.daily agt_1", "spend.monthly agt_1", "spend.org_daily ",
                                 "spend.org_monthly "));
}

TEST_F(SpendGuardTest, OldReservationsGoAndTheNumbersGoOn) {
  LimitSettings three = limits_of();
  three.per_minute = 3;
  set(three);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(act());
  clock_.advance(hours(1));
  ASSERT_TRUE(act());
  ASSERT_TRUE(act());
  store::UnitOfWork unit;
  for (const std::int64_t sequence : {1, 2}) {
    unit.fetch("reservations.remove", {{"org_id", std::string("org_1")},
                                       {"agent_id", std::string("agt_1")},
                                       {"sequence", sequence}});
  }
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const store::ReservationRepository reservations(*store_);
  EXPECT_FALSE(executor_.run(reservations.find("org_1", "msg_1"))->has_value());
  EXPECT_FALSE(executor_.run(reservations.find("org_1", "msg_2"))->has_value());
  EXPECT_TRUE(executor_.run(reservations.find("org_1", "msg_3"))->has_value());
  ASSERT_TRUE(act());
  EXPECT_EQ(refusal(act()).rule, "limit.per_minute");
}

// A clock that was an hour ahead and has been put right must not stop the agent for that hour.
TEST_F(SpendGuardTest, AClockThatIsSetBackStopsNobody) {
  LimitSettings one = limits_of();
  one.per_minute = 1;
  set(one);
  clock_.advance(hours(1));
  ASSERT_TRUE(act());
  clock_.advance(-hours(1));
  EXPECT_TRUE(act());
  EXPECT_EQ(refusal(act()).rule, "limit.per_minute");
}

}  // namespace
}  // namespace commsd::policy::test
