#include <gmock/gmock.h>

#include "store/organization_repository.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using testing::HasSubstr;

class ConsentToolsTest : public ToolsBed {
 protected:
  static constexpr const char* person = R"("contactAddress":"+14155552671","channel":"sms")";

  Result<mcp::ToolResult> use(const std::string& verb, const std::string& more = "",
                              const identity::Principal& caller = agent("org_1", "agt_1")) {
    return call(caller, "comms_" + verb + "_consent", "{" + std::string(person) + more + "}");
  }
  std::string status(const identity::Principal& caller = agent("org_1", "agt_1"),
                     const std::string& more = "") {
    const auto result = use("check", more, caller);
    if (!result) return "error: " + result.error().message;
    return std::string(JsonDocument::parse(result->json)->root().string("status").value_or(""));
  }
  std::string sent_as(const std::string& message_class) {
    const auto result = call(agent("org_1", "agt_1"), "comms_send_message",
                             R"({"to":"+14155552671","body":")" + message_class +
                                 R"(","messageClass":")" + message_class + "\"}");
    return result ? "sent" : result.error().rule;
  }
};

TEST_F(ConsentToolsTest, RecordCheckRevoke) {
  EXPECT_EQ(status(), "none");
  const auto recorded = use("record", R"(,"source":"form","notes":"box ticked")");
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_THAT(recorded->json, HasSubstr(R"("success":true,"consentId":"con_)"));
  EXPECT_THAT(recorded->json, HasSubstr(R"("status":"granted","expiresAt":null)"));
  const auto shown = use("check");
  EXPECT_THAT(shown->json, HasSubstr(R"("hasConsent":true,"status":"granted")"));
  EXPECT_THAT(shown->json, HasSubstr(R"("consentType":"express")"));
  EXPECT_THAT(shown->json, HasSubstr(R"("source":"form","optedOut":false)"));
  EXPECT_EQ(use("revoke")->json, R"({"success":true,"status":"revoked"})");
  EXPECT_EQ(status(), "revoked");
  EXPECT_THAT(use("revoke")->json, HasSubstr("no consent was on record"));
}

TEST_F(ConsentToolsTest, EveryRoleForItsOwnAndNobodyForOthers) {
  const std::string of_one = R"(,"agentId":"agt_1")";
  for (const identity::Principal& caller :
       {agent("org_1", "agt_1"), organization("org_1"), orchestrator()}) {
    EXPECT_TRUE(use("record", of_one, caller));
    EXPECT_EQ(status(caller, of_one), "granted");
    EXPECT_TRUE(use("revoke", of_one, caller));
    EXPECT_EQ(status(caller, of_one), "revoked");
  }
  for (const char* verb : {"record", "revoke", "check"}) {
    EXPECT_EQ(use(verb, of_one, agent("org_1", "agt_2")).error().code,
              ErrorCode::permission_denied);
    EXPECT_EQ(use(verb, of_one, organization("org_2")).error().code, ErrorCode::not_found);
    EXPECT_EQ(use(verb, "", organization("org_1")).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(use(verb, R"(,"agentId":"agt_9")", orchestrator()).error().code,
              ErrorCode::not_found);
  }
  EXPECT_EQ(status(organization("org_2"), R"(,"agentId":"agt_3")"), "none");
}

TEST_F(ConsentToolsTest, WhatIsWrongIsNamed) {
  const auto refuse = [&](const char* verb, const std::string& arguments, const char* why) {
    const auto result =
        call(agent("org_1", "agt_1"), std::string("comms_") + verb + "_consent", arguments);
    ASSERT_FALSE(result) << arguments;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(result.error().message, HasSubstr(why)) << arguments;
  };
  for (const char* verb : {"record", "revoke", "check"}) {
    refuse(verb, "{}", "contactAddress");
    refuse(verb, R"({"contactAddress":"+14155552671"})", "channel");
    refuse(verb, R"({"contactAddress":"+14155552671","channel":"fax"})", "channel");
    refuse(verb, R"({"contactAddress":"4155552671","channel":"sms"})", "E.164");
    refuse(verb, R"({"contactAddress":"+14155552671","channel":"email"})", "e-mail address");
    refuse(verb, R"({"contactAddress":"+14155552671","channel":"sms","more":1})", "more");
  }
  const std::string start = "{" + std::string(person);
  refuse("record", start + R"(,"consentType":"oral"})", "consentType");
  refuse("record", start + R"(,"expiresAt":"2001-01-01T00:00:00Z"})", "expiresAt");
  refuse("record", start + R"(,"expiresAt":"tomorrow"})", "expiresAt");
  refuse("record", start + R"(,"notes":")" + std::string(3000, 'x') + "\"}", "notes");
  EXPECT_EQ(status(), "none") << "nothing of that was kept";
}

TEST_F(ConsentToolsTest, ASendSaysItsClassAndIsHeldToIt) {
  gate_settings_.enforce = policy::GateSettings::Enforce::everybody;
  build();
  confirm({});
  EXPECT_EQ(sent_as("marketing"), "consent");
  EXPECT_EQ(sent_as("service"), "consent");
  EXPECT_EQ(sent_as("otp"), "sent");
  ASSERT_TRUE(use("record", R"(,"consentType":"implied")"));
  EXPECT_EQ(sent_as("service"), "sent");
  EXPECT_EQ(sent_as("marketing"), "consent");
  ASSERT_TRUE(use("record"));
  EXPECT_EQ(sent_as("marketing"), "consent") << "there it must be in writing";
  ASSERT_TRUE(use("record", R"(,"source":"form")"));
  EXPECT_EQ(sent_as("marketing"), "sent");
  ASSERT_TRUE(use("revoke"));
  EXPECT_EQ(sent_as("emergency"), "consent");
  EXPECT_EQ(sent_as("urgent"), "") << "the schema knows no such class";
}

TEST_F(ConsentToolsTest, ARefusalShowsItsRuleAndWhenItEnds) {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.message = "not at night";
  refusal.rule = "quiet_hours";
  refusal.next_allowed_at = 1'700'000'000'000;
  EXPECT_THAT(mcp::to_tool_error(refusal).json,
              HasSubstr(R"("rule":"quiet_hours","nextAllowedAt":"2023-11-14T22:13:20.000Z")"));
}

}  // namespace
}  // namespace commsd::tools::test
