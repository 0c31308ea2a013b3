#include <gmock/gmock.h>

#include "policy/spend_bed.h"

namespace commsd::policy::test {
namespace {

using store::BillingSettings;
using store::LimitSettings;
using testing::Contains;

class LimitServiceTest : public SpendBed {
 protected:
  static LimitSettings of(const std::string& org_id, const std::string& agent_id) {
    LimitSettings settings;
    settings.org_id = org_id;
    settings.agent_id = agent_id;
    return settings;
  }
  Result<LimitService::View> change(LimitSettings settings) {
    return executor_.run(service_->set("tok_1", std::move(settings)));
  }
  Limits limits(const std::string& agent_id) {
    return executor_.run(service_->view("org_1", agent_id))->limits;
  }
  Result<LimitService::Billing> bill(BillingSettings settings) {
    return executor_.run(service_->set_billing("tok_1", std::move(settings)));
  }
};

TEST_F(LimitServiceTest, WhatIsNotNamedStaysAndMinusOneGoesBack) {
  LimitSettings some = of("org_1", "agt_1");
  some.per_minute = 3;
  some.spend_per_day = 5'000'000;
  ASSERT_TRUE(change(some));
  LimitSettings more = of("org_1", "agt_1");
  more.per_hour = 50;
  const auto view = change(more);
  EXPECT_EQ(view->limits, (Limits{3, 50, 500, 2, 5'000'000, 100'000'000}));
  LimitSettings back = of("org_1", "agt_1");
  back.per_minute = -1;
  back.spend_per_day = -1;
  EXPECT_EQ(change(back)->limits, (Limits{10, 50, 500, 2, 10'000'000, 100'000'000}));
  EXPECT_EQ(limits("agt_2"), Limits());
  EXPECT_THAT(audited(),
              Contains(R"(limits_set agt_1 {"maxActionsPerMinute":3,"maxSpendPerDay":5})"));
  EXPECT_THAT(audited(),
              Contains(R"(limits_set agt_1 {"maxActionsPerMinute":null,"maxSpendPerDay":null})"));
}

TEST_F(LimitServiceTest, AnOrganizationsLimitsCountForItsAgents) {
  LimitSettings own = of("org_1", "");
  own.per_minute = 4;
  ASSERT_TRUE(change(own));
  EXPECT_EQ(limits("agt_2").per_minute, 4);
  EXPECT_EQ(limits("").per_minute, 4);
  EXPECT_EQ(executor_.run(service_->view("org_2", "agt_3"))->limits, Limits());
}

TEST_F(LimitServiceTest, RefusesAndChangesNothing) {
  LimitSettings cap = of("org_1", "agt_1");
  cap.cap_per_day = 1;
  EXPECT_EQ(change(cap).error().code, ErrorCode::invalid_argument);
  LimitSettings foreign = of("org_1", "agt_3");
  foreign.per_day = 1;
  EXPECT_EQ(change(foreign).error().code, ErrorCode::not_found);
  LimitSettings nowhere = of("org_9", "");
  nowhere.per_day = 1;
  EXPECT_EQ(change(nowhere).error().code, ErrorCode::not_found);
  EXPECT_TRUE(audited().empty());
  EXPECT_EQ(limits("agt_1"), Limits());
}

TEST_F(LimitServiceTest, ATierReallySetsTheLimits) {
  LimitSettings own = of("org_1", "agt_1");
  own.per_hour = 7;
  ASSERT_TRUE(change(own));
  const auto billing = bill({"org_1", "agt_1", "free", 125'000, "bills@example.com", 0});
  ASSERT_TRUE(billing);
  EXPECT_EQ(billing->tier_limits->per_minute, 5);
  EXPECT_EQ(limits("agt_1"), (Limits{5, 7, 100, 2, 1'000'000, 10'000'000}));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(act());
  EXPECT_EQ(act().error().rule, "limit.per_minute");
  ASSERT_TRUE(bill({"org_1", "agt_1", "pro", {}, "", 0}));
  EXPECT_TRUE(act());
  const auto kept = executor_.run(service_->billing("org_1", "agt_1"));
  EXPECT_EQ(kept->markup_ppm, 125'000);
  EXPECT_EQ(kept->email, "bills@example.com");
  for (const std::string& line : audited()) EXPECT_EQ(line.find("bills@"), std::string::npos);
}

TEST_F(LimitServiceTest, AnOrganizationsBillingCountsForItsAgents) {
  ASSERT_TRUE(bill({"org_1", "", "pro", 200'000, "", 0}));
  ASSERT_TRUE(bill({"org_1", "agt_2", "", 0, "", 0}));
  EXPECT_EQ(executor_.run(service_->billing("org_1", "agt_1"))->markup_ppm, 200'000);
  EXPECT_EQ(executor_.run(service_->billing("org_1", "agt_2"))->markup_ppm, 0) << "0 is a markup";
  EXPECT_EQ(limits("agt_1").per_minute, 30);
  EXPECT_EQ(bill({"org_1", "agt_1", "gold", {}, "", 0}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(bill({"org_1", "agt_3", "pro", {}, "", 0}).error().code, ErrorCode::not_found);
  EXPECT_EQ(bill({"org_9", "", "pro", {}, "", 0}).error().code, ErrorCode::not_found);
}

TEST_F(LimitServiceTest, TheReportAddsUpByPeriodAndChannel) {
  const auto make = [&](const std::string& what, const std::string& agent) {
    Spending spending = action(next_subject(), agent);
    spending.action = what;
    ASSERT_TRUE(act(spending));
  };
  make("sms", "agt_1");  // 14 November
  clock_.advance(std::chrono::hours(24 * 20));
  make("sms", "agt_1");  // 4 December
  clock_.advance(std::chrono::hours(24 * 2));
  make("voice_call", "agt_1");
  make("voice_message", "agt_1");
  make("email", "agt_2");
  make("email", "agt_3");
  ASSERT_TRUE(bill({"org_1", "agt_1", "", 125'000, "", 0}));
  const auto counts = [&](const std::string& org, const std::string& agent, UsagePeriod period) {
    std::vector<std::string> lines;
    auto agents = executor_.run(report_->agents(org, agent, period));
    for (const AgentUsage& one : *agents) {
      std::string line = one.agent_id + ':';
      for (const auto& [name, count] : one.actions)
        line += name + '=' + std::to_string(count) + ' ';
      lines.push_back(line + std::to_string(one.cost) + ' ' + std::to_string(one.billed));
    }
    return lines;
  };
  using testing::ElementsAre;
  EXPECT_THAT(counts("org_1", "agt_1", UsagePeriod::today),
              ElementsAre("agt_1:voice_call=1 voice_message=1 20000 22500"));
  EXPECT_THAT(counts("org_1", "agt_1", UsagePeriod::week),
              ElementsAre("agt_1:sms=1 voice_call=1 voice_message=1 30000 33750"));
  EXPECT_THAT(counts("org_1", "agt_1", UsagePeriod::month),
              ElementsAre("agt_1:sms=1 voice_call=1 voice_message=1 30000 33750"));
  EXPECT_THAT(counts("org_1", "", UsagePeriod::all),
              ElementsAre("agt_1:sms=2 voice_call=1 voice_message=1 40000 45000",
                          "agt_2:email=1 10000 10000"));
  EXPECT_EQ(counts("", "", UsagePeriod::all).size(), 3U);
  EXPECT_EQ(counts("org_2", "", UsagePeriod::all).size(), 1U);
  const auto channels = executor_.run(report_->agents("org_1", "agt_1", UsagePeriod::all));
  EXPECT_EQ(channels->front().channels.at("voice").count, 2);
}

}  // namespace
}  // namespace commsd::policy::test
