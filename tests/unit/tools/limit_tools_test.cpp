// The tools of limits and money: what each role gets, and what is refused.
#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

class LimitToolsTest : public ToolsBed {
 protected:
  const identity::Principal ada_ = agent("org_1", "agt_1");
  const identity::Principal bob_ = agent("org_1", "agt_2");
  const identity::Principal one_ = organization("org_1");
  const identity::Principal two_ = organization("org_2");

  std::string answer(const identity::Principal& caller, const std::string& tool,
                     const std::string& arguments) {
    auto result = call(caller, tool, arguments);
    if (!result) {
      ADD_FAILURE() << tool << ' ' << arguments << ": " << result.error().message;
      return {};
    }
    return result->json;
  }
  ErrorCode refused(const identity::Principal& caller, const std::string& tool,
                    const std::string& arguments) {
    auto result = call(caller, tool, arguments);
    if (result) ADD_FAILURE() << tool << ' ' << arguments << " gave " << result->json;
    return result ? ErrorCode::internal : result.error().code;
  }
  void message(const std::string& text) {
    EXPECT_THAT(
        answer(ada_, "comms_send_message", R"({"to":"+14155552671","body":")" + text + R"("})"),
        HasSubstr(R"("success":true)"));
  }
  std::vector<std::string> audited() {
    std::vector<std::string> lines;
    auto entries = executor_.run(audit_->list("org_1", 0, 100));
    for (const store::AuditEntry& entry : *entries) {
      lines.push_back(entry.action + ' ' + entry.actor + ' ' + entry.target);
    }
    return lines;
  }
};

TEST_F(LimitToolsTest, TheDashboardOfAnAgent) {
  message("one");
  message("two");
  const std::string expected =
      R"({"agentId":"agt_1","period":"today","currency":"USD","actions":{"sms":2},)"
      R"("totalActions":2,"costsByChannel":{"sms":0.0158},"totalCost":0.0158,)"
      R"("currentUsage":{"actionsToday":2,"actionsLimit":1000000,"spendToday":0.0158,)"
      R"("spendDayLimit":1000000,"spendMonth":0.0158,"spendMonthLimit":1000000},)"
      R"("limits":{"maxActionsPerMinute":1000000,"maxActionsPerHour":1000000,)"
      R"("maxActionsPerDay":1000000,"maxSpendPerDay":1000000,"maxSpendPerMonth":1000000,)"
      R"("maxCallsPerDaySameNumber":1000000}})";
  EXPECT_EQ(answer(ada_, "comms_get_usage_dashboard", "{}"), expected);
  for (const auto& caller : {ada_, one_, orchestrator()}) {
    EXPECT_EQ(answer(caller, "comms_get_usage_dashboard", R"({"agentId":"agt_1"})"), expected);
  }
  for (const char* period : {"week", "month", "all"}) {
    EXPECT_THAT(
        answer(ada_, "comms_get_usage_dashboard", std::string(R"({"period":")") + period + R"("})"),
        HasSubstr(R"("totalActions":2)"));
  }
  EXPECT_THAT(answer(bob_, "comms_get_usage_dashboard", "{}"), HasSubstr(R"("totalActions":0)"));
}

TEST_F(LimitToolsTest, TheDashboardOfAll) {
  message("one");
  const std::string mine = answer(one_, "comms_get_usage_dashboard", "{}");
  EXPECT_THAT(mine, HasSubstr(R"("globalTotals":{"totalActions":1,"totalCost":0.0079})"));
  EXPECT_THAT(mine, HasSubstr(R"("organizationId":"org_1")"));
  EXPECT_THAT(mine, HasSubstr(R"("organizationCaps":null)"));
  const std::string theirs = answer(two_, "comms_get_usage_dashboard", "{}");
  EXPECT_THAT(theirs, HasSubstr(R"("globalTotals":{"totalActions":0,"totalCost":0},"agents":[])"));
  const std::string all = answer(orchestrator(), "comms_get_usage_dashboard", "{}");
  EXPECT_THAT(all, HasSubstr(R"("agents":[{"agentId":"agt_1","organizationId":"org_1")"));
  EXPECT_EQ(answer(orchestrator(), "comms_get_usage_dashboard", R"({"organizationId":"org_1"})"),
            mine);
}

TEST_F(LimitToolsTest, NobodySeesAnothersUsageOrBilling) {
  for (const char* tool : {"comms_get_usage_dashboard", "comms_get_billing_summary"}) {
    EXPECT_EQ(refused(bob_, tool, R"({"agentId":"agt_1"})"), ErrorCode::permission_denied);
    EXPECT_EQ(refused(two_, tool, R"({"agentId":"agt_1"})"), ErrorCode::not_found);
    EXPECT_EQ(refused(two_, tool, R"({"organizationId":"org_1"})"), ErrorCode::not_found);
    EXPECT_EQ(refused(ada_, tool, R"({"organizationId":"org_2"})"), ErrorCode::not_found);
    EXPECT_EQ(refused(orchestrator(), tool, R"({"agentId":"agt_9"})"), ErrorCode::not_found);
    EXPECT_EQ(refused(orchestrator(), tool, R"({"organizationId":"org_9"})"), ErrorCode::not_found);
    EXPECT_EQ(refused(orchestrator(), tool, R"({"agentId":"agt_1","organizationId":"org_2"})"),
              ErrorCode::invalid_argument);
    for (const char* bad : {R"({"period":"year"})", R"({"period":1})", R"({"agentId":""})",
                            R"({"agentId":7})", R"({"extra":1})"}) {
      EXPECT_EQ(refused(one_, tool, bad), ErrorCode::invalid_argument) << bad;
    }
  }
}

TEST_F(LimitToolsTest, LimitsAreSetInPartAndCountAtOnce) {
  const std::string set = answer(one_, "comms_set_agent_limits",
                                 R"({"agentId":"agt_1","limits":{"maxActionsPerMinute":1}})");
  EXPECT_THAT(set, HasSubstr(R"("success":true,"agentId":"agt_1","currentLimits":)"
                             R"({"maxActionsPerMinute":1,"maxActionsPerHour":1000000)"));
  message("one");
  const auto second = call(ada_, "comms_send_message", R"({"to":"+14155552671","body":"two"})");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(second.error().rule, "limit.per_minute");
  // Room for one more: the estimate of a message is 0.1, what it turns out to cost 0.0079.
  answer(orchestrator(), "comms_set_agent_limits",
         R"({"agentId":"agt_1","limits":{"maxActionsPerMinute":null,"maxSpendPerDay":0.11}})");
  message("three");
  const auto fourth = call(ada_, "comms_send_message", R"({"to":"+14155552671","body":"four"})");
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().rule, "spend.daily");
  EXPECT_THAT(audited(), Contains("limits_set tok agt_1"));
  EXPECT_THAT(audited(), Contains("limit_reached system agt_1"));
}

TEST_F(LimitToolsTest, AnOrganizationSetsItsCapsWithoutAnAgent) {
  const std::string set =
      answer(one_, "comms_set_agent_limits",
             R"({"limits":{"maxOrganizationSpendPerDay":0.15,"maxActionsPerHour":20}})");
  EXPECT_THAT(set, HasSubstr(R"("organizationId":"org_1")"));
  EXPECT_THAT(set, HasSubstr(R"("maxActionsPerHour":20)"));
  EXPECT_THAT(set, HasSubstr(R"("organizationCaps":{"maxOrganizationSpendPerDay":0.15,)"
                             R"("maxOrganizationSpendPerMonth":null})"));
  message("one");
  answer(orchestrator(), "comms_set_agent_limits",
         R"({"organizationId":"org_1","limits":{"maxOrganizationSpendPerDay":0.01}})");
  const auto second = call(ada_, "comms_send_message", R"({"to":"+14155552671","body":"two"})");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().rule, "spend.org_daily");
}

TEST_F(LimitToolsTest, RefusesLimitsThatAreNone) {
  const std::string tool = "comms_set_agent_limits";
  EXPECT_EQ(refused(ada_, tool, R"({"limits":{"maxActionsPerDay":1}})"), ErrorCode::not_found)
      << "agents do not see it";
  EXPECT_EQ(refused(two_, tool, R"({"agentId":"agt_1","limits":{"maxActionsPerDay":1}})"),
            ErrorCode::not_found);
  EXPECT_EQ(refused(two_, tool, R"({"organizationId":"org_1","limits":{"maxActionsPerDay":1}})"),
            ErrorCode::not_found);
  EXPECT_EQ(refused(orchestrator(), tool, R"({"limits":{"maxActionsPerDay":1}})"),
            ErrorCode::invalid_argument);
  for (const char* limits : {R"({})", R"({"maxActionsPerMinute":0})",
                             R"({"maxActionsPerMinute":-1})", R"({"maxActionsPerMinute":1.5})",
                             R"({"maxActionsPerMinute":"5"})", R"({"maxActionsPerMinute":1000001})",
                             R"({"maxSpendPerDay":-0.01})", R"({"maxSpendPerDay":0.0000001})",
                             R"({"maxSpendPerDay":1e300})", R"({"maxCallsPerDaySameNumber":-1})",
                             R"({"maxOrganizationSpendPerDay":1})", R"({"somethingElse":1})"}) {
    EXPECT_EQ(refused(one_, tool, std::string(R"({"agentId":"agt_1","limits":)") + limits + '}'),
              ErrorCode::invalid_argument)
        << limits;
  }
  EXPECT_EQ(refused(one_, tool, R"({"agentId":"agt_1"})"), ErrorCode::invalid_argument);
  EXPECT_TRUE(audited().empty()) << "nothing was changed";
}

TEST_F(LimitToolsTest, BillingIsCostAndMarkupExactly) {
  message("one");
  message("two");
  const std::string set = answer(
      one_, "comms_set_billing_config",
      R"({"agentId":"agt_1","tier":"pro","markupPercent":12.5,"billingEmail":"b@example.com"})");
  EXPECT_EQ(set, R"({"success":true,"agentId":"agt_1","billingConfig":{"tier":"pro",)"
                 R"("markupPercent":12.5,"billingEmail":"b@example.com"},"tierLimits":)"
                 R"({"maxActionsPerMinute":30,"maxActionsPerHour":500,"maxActionsPerDay":5000,)"
                 R"("maxSpendPerDay":100,"maxSpendPerMonth":1000},)"
                 R"("availableTiers":["enterprise","free","pro","starter"]})");
  const std::string expected =
      R"({"agentId":"agt_1","period":"month","currency":"USD","providerCost":0.0158,)"
      R"("billingCost":0.017775,"markupPercent":12.5,"byChannel":{"sms":{"providerCost":0.0158,)"
      R"("billingCost":0.017775,"count":2}},"tier":"pro","billingConfig":{"tier":"pro",)"
      R"("markupPercent":12.5,"billingEmail":"b@example.com"}})";
  EXPECT_EQ(answer(ada_, "comms_get_billing_summary", "{}"), expected);
  EXPECT_EQ(answer(one_, "comms_get_billing_summary", R"({"agentId":"agt_1"})"), expected);
  const std::string all = answer(orchestrator(), "comms_get_billing_summary", "{}");
  EXPECT_THAT(all, HasSubstr(R"("globalMarkupPercent":0,"totals":{"providerCost":0.0158,)"
                             R"("billingCost":0.017775,"revenue":0.001975})"));
  EXPECT_THAT(answer(two_, "comms_get_billing_summary", "{}"), HasSubstr(R"("agents":[])"));
  EXPECT_THAT(answer(ada_, "comms_get_usage_dashboard", "{}"),
              HasSubstr(R"("maxActionsPerMinute":30)"));
  EXPECT_THAT(audited(), Contains("billing_set tok agt_1"));
}

TEST_F(LimitToolsTest, RefusesBillingThatIsNone) {
  const std::string tool = "comms_set_billing_config";
  EXPECT_EQ(refused(ada_, tool, R"({"tier":"pro"})"), ErrorCode::not_found);
  EXPECT_EQ(refused(two_, tool, R"({"agentId":"agt_1","tier":"pro"})"), ErrorCode::not_found);
  EXPECT_EQ(refused(orchestrator(), tool, R"({"tier":"pro"})"), ErrorCode::invalid_argument);
  for (const char* bad :
       {R"({})", R"({"tier":"gold"})", R"({"markupPercent":-1})", R"({"markupPercent":500.1})",
        R"({"markupPercent":"5"})", R"({"markupPercent":0.00001})", R"({"billingEmail":"nobody"})",
        R"({"billingEmail":""})", R"({"extra":1})"}) {
    EXPECT_EQ(refused(one_, tool, bad), ErrorCode::invalid_argument) << bad;
  }
  EXPECT_TRUE(audited().empty());
}

}  // namespace
}  // namespace commsd::tools::test
