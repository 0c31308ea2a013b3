// Scheduled sends, cancelling, messages between agents, dead letters and callbacks as tools: who
// may, what is answered, and what is refused with what to do.
#include <gmock/gmock.h>

#include "base/iso_time.h"
#include "store/channel_repository.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReachToolsTest : public ToolsBed {
 protected:
  ReachToolsTest() {
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_2", "sms", "+14155550102", "first", "PN2", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  std::string in(std::chrono::seconds ahead) const {
    return iso_time(clock_.now() + std::chrono::milliseconds(ahead).count());
  }
  std::string send(const std::string& more, const std::string& to = "+14155552671") {
    auto result = call(agent("org_1", "agt_1"), "comms_send_message",
                       R"({"to":")" + to + R"(","body":"hello")" + more + "}");
    return result ? result->json : "refused: " + result.error().message;
  }
  static std::string member(const std::string& json, const std::string& name) {
    const auto document = JsonDocument::parse(json);
    return document ? std::string(document->root().string(name).value_or("")) : std::string();
  }
  Result<mcp::ToolResult> callback(const std::string& more,
                                   const identity::Principal& caller = organization("org_1"),
                                   const std::string& agent_id = "agt_1") {
    return call(caller, "comms_set_callback", R"({"agentId":")" + agent_id + "\"" + more + "}");
  }
};

TEST_F(ReachToolsTest, AScheduledMessageSaysWhen) {
  const std::string time = in(std::chrono::minutes(5));
  const std::string sent = send(R"(,"sendAt":")" + time + "\"");
  EXPECT_EQ(member(sent, "status"), "scheduled");
  EXPECT_EQ(member(sent, "sendAt"), time);
  const auto shown = call(agent("org_1", "agt_1"), "comms_get_message",
                          R"({"messageId":")" + member(sent, "messageId") + "\"}");
  ASSERT_TRUE(shown);
  EXPECT_THAT(shown->json, HasSubstr("\"sendAt\":\"" + time + "\""));
  EXPECT_THAT(shown->json, HasSubstr("\"status\":\"scheduled\""));
}

TEST_F(ReachToolsTest, TimesThatAreNoneAreRefused) {
  struct Case {
    const char* time;
    const char* says;
  };
  for (const Case& one :
       {Case{"tomorrow", "date and time"}, Case{"2026-11-25", "date and time"},
        Case{"2026-11-25T10:00:00", "date and time"}, Case{"2026-02-30T10:00:00Z", "no moment"},
        Case{"2019-01-01T00:00:00Z", "in the past"}, Case{"9999-01-01T00:00:00Z", "too far ahead"},
        Case{"0000-01-01T00:00:00Z", "no moment"}}) {
    EXPECT_THAT(send(R"(,"sendAt":")" + std::string(one.time) + "\""), HasSubstr(one.says))
        << one.time;
  }
  EXPECT_THAT(send(R"(,"sendAt":5)"), HasSubstr("sendAt"));
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(ReachToolsTest, CancellingIsForTheAgentItselfAndItsOrganization) {
  const auto cancel = [&](const identity::Principal& caller, const std::string& id) {
    const bool named = caller.role != identity::Role::agent;
    return call(caller, "comms_cancel_message",
                R"({"messageId":")" + id + "\"" + (named ? R"(,"agentId":"agt_1"})" : "}"));
  };
  for (const auto& caller : {agent("org_1", "agt_1"), organization("org_1"), orchestrator()}) {
    const std::string id =
        member(send(R"(,"sendAt":")" + in(std::chrono::minutes(5)) + "\""), "messageId");
    for (const auto& other :
         {agent("org_1", "agt_2"), agent("org_2", "agt_3"), organization("org_2")}) {
      EXPECT_FALSE(cancel(other, id));
    }
    const auto cancelled = cancel(caller, id);
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(member(cancelled->json, "status"), "cancelled");
  }
  const auto gone = cancel(agent("org_1", "agt_1"), member(send(""), "messageId"));
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().message, HasSubstr("cannot be taken back"));
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_cancel_message", "{}"));
  EXPECT_FALSE(
      call(agent("org_1", "agt_1"), "comms_cancel_message", R"({"messageId":"x","noSuch":1})"));
}

TEST_F(ReachToolsTest, AgentsWriteToEachOtherById) {
  const std::string sent = send("", "agt_2");
  EXPECT_EQ(member(sent, "status"), "delivered");
  const auto waiting = call(agent("org_1", "agt_2"), "comms_get_waiting_messages", "{}");
  ASSERT_TRUE(waiting);
  EXPECT_THAT(waiting->json, HasSubstr("\"fromAgentId\":\"agt_1\""));
  EXPECT_THAT(waiting->json, HasSubstr("\"externalId\":\"" + member(sent, "messageId") + "\""));
  EXPECT_THAT(waiting->json, HasSubstr("\"id\":\"" + member(sent, "externalId") + "\""));
  EXPECT_EQ(vendor_->asked, 0);
  EXPECT_THAT(send("", "agt_3"), HasSubstr("refused"));
}

TEST_F(ReachToolsTest, DeadLettersSayWhatWasAskedAndWhatWentWrong) {
  vendor_->answers = {messaging::test::ScriptedVendor::Answer::refuse};
  send("");
  const auto waiting = call(agent("org_1", "agt_1"), "comms_get_waiting_messages", "{}");
  ASSERT_TRUE(waiting);
  EXPECT_THAT(waiting->json, HasSubstr("\"direction\":\"outbound\",\"reason\":\"send_failed\""));
  EXPECT_THAT(waiting->json, HasSubstr("\"errorDetails\":\"no such recipient\""));
  EXPECT_THAT(waiting->json, HasSubstr("\"originalRequest\":{\"messageId\":\"msg_"));
  EXPECT_THAT(waiting->json, Not(HasSubstr("hello"))) << "no content by default";
  EXPECT_THAT(waiting->json, HasSubstr("\"count\":1"));
}

TEST_F(ReachToolsTest, ACallbackIsSetRotatedAndRemovedByItsOperators) {
  for (const auto& caller : {organization("org_1"), orchestrator()}) {
    const auto set = callback(R"(,"action":"set","url":"https://agent.example.com/hook")", caller);
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_THAT(member(set->json, "secret"), testing::StartsWith("whsec_"));
    EXPECT_EQ(member(set->json, "status"), "active");
    EXPECT_EQ(member(set->json, "url"), "https://agent.example.com/hook");
    const auto shown = callback("", caller);
    EXPECT_THAT(shown->json, Not(HasSubstr("secret")));
    const auto rotated = callback(R"(,"action":"rotate")", caller);
    EXPECT_THAT(member(rotated->json, "secret"), testing::StartsWith("whsec_"));
    EXPECT_NE(member(rotated->json, "secret"), member(set->json, "secret"));
    EXPECT_TRUE(callback(R"(,"action":"enable")", caller));
    EXPECT_TRUE(callback(R"(,"action":"replay")", caller));
    const auto removed = callback(R"(,"action":"remove")", caller);
    ASSERT_TRUE(removed);
    EXPECT_EQ(member(removed->json, "status"), "none");
  }
}

TEST_F(ReachToolsTest, CallbacksOfOthersAreNotFound) {
  const std::string set = R"(,"action":"set","url":"https://a.example.com/")";
  EXPECT_EQ(callback(set, agent("org_1", "agt_1")).error().code, ErrorCode::not_found)
      << "agents do not see the tool";
  EXPECT_EQ(callback(set, organization("org_2")).error().code, ErrorCode::not_found);
  EXPECT_EQ(callback("", organization("org_2")).error().code, ErrorCode::not_found);
  EXPECT_EQ(callback(set, organization("org_1"), "agt_3").error().code, ErrorCode::not_found);
  EXPECT_EQ(callback(set, orchestrator(), "agt_none").error().code, ErrorCode::not_found);
}

TEST_F(ReachToolsTest, WrongCallbackArgumentsAreRefused) {
  struct Case {
    const char* more;
    ErrorCode code;
  };
  for (const Case& one :
       {Case{R"(,"action":"set")", ErrorCode::invalid_argument},
        Case{R"(,"action":"set","url":"http://a.example.com/")", ErrorCode::invalid_argument},
        Case{R"(,"action":"set","url":"not an address")", ErrorCode::invalid_argument},
        Case{R"(,"url":"https://a.example.com/")", ErrorCode::invalid_argument},
        Case{R"(,"action":"dance")", ErrorCode::invalid_argument},
        Case{R"(,"extra":true)", ErrorCode::invalid_argument},
        Case{R"(,"action":"rotate")", ErrorCode::not_found},
        Case{R"(,"action":"enable")", ErrorCode::not_found},
        Case{R"(,"action":"remove")", ErrorCode::not_found},
        Case{R"(,"action":"replay")", ErrorCode::not_found},
        Case{R"(,"action":"replay","since":"2026-02-30T00:00:00Z")",
             ErrorCode::invalid_argument}}) {
    const auto result = callback(one.more);
    ASSERT_FALSE(result) << one.more;
    EXPECT_EQ(result.error().code, one.code) << one.more << ": " << result.error().message;
  }
}

}  // namespace
}  // namespace commsd::tools::test
