// comms_set_route_duplication, and what is seen of copies through comms_get_message.
#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RouteToolsTest : public ToolsBed {
 protected:
  Result<mcp::ToolResult> set(const std::string& routes,
                              const identity::Principal& caller = organization("org_1"),
                              const std::string& agent_id = "agt_1") {
    const std::string wanted = routes.empty() ? "" : R"(,"routeDuplication":)" + routes;
    return call(caller, "comms_set_route_duplication",
                R"({"agentId":")" + agent_id + "\"" + wanted + "}");
  }
};

TEST_F(RouteToolsTest, OperatorsSetSeeAndEndThem) {
  const auto made = set(R"({"smsMirror":"+14155550177","callRecording":"on"})");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(made->json, HasSubstr(R"("smsMirror":"+14155550177")"));
  const auto more = set(R"({"emailBcc":"archive@records.example"})", orchestrator());
  ASSERT_TRUE(more);
  EXPECT_THAT(more->json, HasSubstr("smsMirror")) << "what is not named stays";
  ASSERT_TRUE(set(R"({"smsMirror":""})"));
  const auto shown = set("");
  ASSERT_TRUE(shown);
  EXPECT_THAT(shown->json, Not(HasSubstr("smsMirror")));
  EXPECT_THAT(shown->json, HasSubstr("archive@records.example"));
  EXPECT_THAT(shown->json, HasSubstr(R"("callRecording":"on")"));
}

TEST_F(RouteToolsTest, TheSecretOfASecondReceiverIsShownOnce) {
  const auto made = set(R"({"webhookCopy":"https://second.example.com/hook"})");
  ASSERT_TRUE(made);
  EXPECT_THAT(made->json, HasSubstr("whsec_"));
  EXPECT_THAT(set("")->json, Not(HasSubstr("whsec_")));
}

TEST_F(RouteToolsTest, AgentsAndStrangersSetNothing) {
  const char* wanted = R"({"smsMirror":"+14155550177"})";
  EXPECT_EQ(set(wanted, agent("org_1", "agt_1")).error().code, ErrorCode::not_found);
  EXPECT_EQ(set(wanted, organization("org_2")).error().code, ErrorCode::not_found);
  EXPECT_EQ(set(wanted, organization("org_1"), "agt_9").error().code, ErrorCode::not_found);
  EXPECT_THAT(set("")->json, Not(HasSubstr("smsMirror")));
}

TEST_F(RouteToolsTest, WrongInput) {
  for (const char* routes :
       {R"({"smsMirror":5})", R"({"smsMirror":"12"})", R"({"fax":"+14155550177"})",
        R"({"emailBcc":"x"})", R"({"callRecording":"maybe"})", R"({"webhookCopy":"ftp://x"})",
        R"("on")", R"([])"}) {
    const auto refused = set(routes);
    ASSERT_FALSE(refused) << routes;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument) << routes;
  }
  EXPECT_EQ(set(R"({"smsMirror":"+14155550100"})").error().code, ErrorCode::rejected);
}

TEST_F(RouteToolsTest, ACopyStandsInTheHistoryOfItsOriginal) {
  ASSERT_TRUE(set(R"({"smsMirror":"+14155550177"})"));
  const auto sent = call(agent("org_1", "agt_1"), "comms_send_message",
                         R"({"to":"+14155552671","body":"hello"})");
  ASSERT_TRUE(sent);
  pass(std::chrono::seconds(2));
  ASSERT_TRUE(webhook(messaging::test::text_event("SM1", "+14155552671", "answer")));
  pass(std::chrono::seconds(2));
  ASSERT_EQ(vendor_->log.size(), 3U);
  const auto get = [&](const std::string& id) {
    const auto shown =
        call(agent("org_1", "agt_1"), "comms_get_message", R"({"messageId":")" + id + "\"}");
    return shown ? shown->json : shown.error().message;
  };
  const auto document = JsonDocument::parse(sent->json);
  const std::string id(document->root().string("messageId").value_or(""));
  EXPECT_THAT(get(id), HasSubstr("copy submitted"));
  EXPECT_THAT(get(waiting().at(0).id), HasSubstr("copy submitted"));
  EXPECT_THAT(get(waiting().at(0).id), HasSubstr(R"("direction":"inbound")"));
  const store::MessageRepository messages(*store_);
  const auto copies = executor_.run(messages.copies_of("org_1", id));
  ASSERT_EQ(copies->size(), 1U);
  EXPECT_THAT(get(copies->at(0).id), HasSubstr(R"("copyOf":")" + id));
  EXPECT_THAT(get("in_none"), HasSubstr("there is no message"));
  const auto foreign = call(agent("org_1", "agt_2"), "comms_get_message",
                            R"({"messageId":")" + waiting().at(0).id + "\"}");
  EXPECT_EQ(foreign.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace commsd::tools::test
