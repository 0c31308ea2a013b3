// Each tool about calls and codes: success, refusals, roles, wrong input.
#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;

class CallToolsTest : public ToolsBed {
 protected:
  const identity::Principal self_ = agent("org_1", "agt_1");

  JsonDocument answer(const std::string& tool, const std::string& arguments,
                      const identity::Principal& caller) {
    const auto result = call(caller, tool, arguments);
    if (!result) ADD_FAILURE() << tool << ": " << result.error().message;
    auto document = JsonDocument::parse(result ? result->json : "{}");
    return std::move(*document);
  }
  JsonDocument answer(const std::string& tool, const std::string& arguments) {
    return answer(tool, arguments, self_);
  }
  std::string text(const JsonDocument& document, std::string_view name) {
    return std::string(document.root().string(name).value_or(""));
  }
  ErrorCode refused(const std::string& tool, const std::string& arguments,
                    const identity::Principal& caller) {
    const auto result = call(caller, tool, arguments);
    EXPECT_FALSE(result) << tool << ' ' << arguments;
    return result ? ErrorCode::internal : result.error().code;
  }
  std::string live_call() {
    return text(answer("comms_make_call", R"({"to":"+14155552671","greeting":"Hi."})"), "callId");
  }
};

TEST_F(CallToolsTest, MakeCall) {
  const auto made =
      answer("comms_make_call", R"({"to":"+14155552671","greeting":"Hi.","record":true})");
  EXPECT_EQ(text(made, "callSid"), "CA1");
  EXPECT_EQ(text(made, "status"), "queued");
  EXPECT_EQ(text(made, "from"), own);
  EXPECT_TRUE(phone_->dialled[0].record);
  const auto reply = hear(news("CA1", "in-progress"), phone_->dialled[0].client_reference,
                          voice::CallWebhook::Wants::instructions);
  EXPECT_EQ(reply->body, "say This call is being recorded. This is a machine. Hi.;hang up;");
  plugin::ProviderEvent end = news("CA1", "completed");
  end.extra = {{"duration_ms", "12500"}};
  ASSERT_TRUE(hear(end));
  const auto seen = answer("comms_get_message", R"({"messageId":")" + text(made, "callId") + "\"}");
  const auto message = *seen.root().get("message");
  EXPECT_EQ(message.string("status"), "completed");
  EXPECT_EQ(message.get("durationSeconds")->number(), 12.5);
  EXPECT_TRUE(seen.root().get("failure")->is_null());
}

TEST_F(CallToolsTest, MakeCallSaysWhyItFailed) {
  phone_->answers = {voice::test::ScriptedPhone::Answer::refuse};
  const auto result = call(self_, "comms_make_call", R"({"to":"+14155552671"})");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->is_error);
  EXPECT_THAT(result->json, HasSubstr("no such number"));
  EXPECT_THAT(result->json, HasSubstr("21211"));
}

TEST_F(CallToolsTest, WrongInput) {
  const std::pair<const char*, const char*> cases[] = {
      {"comms_make_call", R"({})"},
      {"comms_make_call", R"({"to":"5551234"})"},
      {"comms_make_call", R"({"to":5551234})"},
      {"comms_make_call", R"({"to":"+14155552671","extra":1})"},
      {"comms_make_call", R"({"to":"+14155552671","messageClass":"spam"})"},
      {"comms_call_on_behalf", R"({"target":"+14155552671"})"},
      {"comms_call_on_behalf", R"({"target":"+14155552671","requesterPhone":"me"})"},
      {"comms_transfer_call", R"({"callSid":"CA1"})"},
      {"comms_end_call", R"({"callSid":""})"},
      {"comms_send_otp", R"({"to":"+14155552671"})"},
      {"comms_send_otp", R"({"to":"somewhere","channel":"sms"})"},
      {"comms_send_otp", R"({"to":"+14155552671","channel":"voice"})"},
      {"comms_send_otp", R"({"to":"+14155552671","channel":"sms","purpose":"a\nb"})"},
      {"comms_verify_otp", R"({"contactAddress":"+14155552671"})"}};
  for (const auto& [tool, arguments] : cases) {
    EXPECT_EQ(refused(tool, arguments, self_), ErrorCode::invalid_argument) << arguments;
  }
  EXPECT_TRUE(phone_->dialled.empty());
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(CallToolsTest, NobodyActsForAnAgentOfOthers) {
  const std::string id = live_call();
  const std::string self = R"("agentId":"agt_1")";
  const std::pair<const char*, std::string> cases[] = {
      {"comms_make_call", R"({"to":"+14155552671",)" + self + "}"},
      {"comms_call_on_behalf",
       R"({"target":"+14155552671","requesterPhone":"+14155552672",)" + self + "}"},
      {"comms_transfer_call", R"({"callSid":")" + id + R"(","to":"+14155550199",)" + self + "}"},
      {"comms_end_call", R"({"callSid":")" + id + "\"," + self + "}"},
      {"comms_get_message", R"({"messageId":")" + id + "\"," + self + "}"},
      {"comms_send_otp", R"({"to":"+14155552671","channel":"sms",)" + self + "}"},
      {"comms_verify_otp", R"({"contactAddress":"+14155552671","code":"123456",)" + self + "}"}};
  for (const auto& [tool, arguments] : cases) {
    EXPECT_EQ(refused(tool, arguments, agent("org_1", "agt_2")), ErrorCode::permission_denied);
    EXPECT_EQ(refused(tool, arguments, organization("org_2")), ErrorCode::not_found) << tool;
  }
  EXPECT_EQ(phone_->dialled.size(), 1U);
  EXPECT_TRUE(phone_->transferred.empty() && phone_->ended.empty() && vendor_->log.empty());
}

TEST_F(CallToolsTest, OrganizationsAndOrchestratorsNameTheAgent) {
  const char* arguments = R"({"to":"+14155552671","agentId":"agt_1"})";
  EXPECT_EQ(text(answer("comms_make_call", arguments, organization("org_1")), "status"), "queued");
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(text(answer("comms_make_call", arguments, orchestrator()), "status"), "queued");
  EXPECT_EQ(refused("comms_make_call", R"({"to":"+14155552671"})", organization("org_1")),
            ErrorCode::invalid_argument);
}

TEST_F(CallToolsTest, CallOnBehalf) {
  const auto made = answer("comms_call_on_behalf",
                           R"({"target":"+14155552671","targetName":"Sam","requesterName":"Kim",
                               "requesterPhone":"+14155552672","message":"The table is booked."})");
  EXPECT_EQ(text(made, "status"), "queued");
  EXPECT_NE(text(made, "description"), "");
  const auto reply = hear(news("CA1", "in-progress"), phone_->dialled[0].client_reference,
                          voice::CallWebhook::Wants::instructions);
  EXPECT_EQ(reply->body,
            "say This is a machine. Hello Sam. I am calling on behalf of Kim. The table is booked. "
            "You can reach them at +14155552672.;hang up;");
}

TEST_F(CallToolsTest, TransferAndHangUp) {
  const std::string id = live_call();
  const auto moved = answer("comms_transfer_call", R"({"callSid":")" + id +
                                                       R"(","to":"+14155550199",
                                                       "announcementText":"One moment."})");
  EXPECT_EQ(text(moved, "status"), "transferred");
  EXPECT_EQ(text(moved, "transferredTo"), "+14155550199");
  EXPECT_EQ(phone_->transferred.at(0).announce, "One moment.");
  const auto ended = answer("comms_end_call", R"({"callSid":"CA1"})");
  EXPECT_EQ(ended.root().boolean("success"), true);
  EXPECT_EQ(phone_->ended.size(), 1U);
  EXPECT_EQ(refused("comms_end_call", R"({"callSid":"CA99"})", self_), ErrorCode::not_found);
}

TEST_F(CallToolsTest, BridgesAreForOperators) {
  EXPECT_EQ(refused("comms_bridge_call", R"({"action":"list"})", self_), ErrorCode::not_found);
  EXPECT_EQ(refused("comms_bridge_call", R"({"action":"list"})", orchestrator()),
            ErrorCode::invalid_argument);
  EXPECT_EQ(refused("comms_bridge_call", R"({"action":"list","organizationId":"org_1"})",
                    organization("org_2")),
            ErrorCode::not_found);
  const std::string setup =
      R"({"action":"setup","localNumber":"+14155550100","destinationNumber":"+14155550177"})";
  EXPECT_EQ(refused("comms_bridge_call", setup, organization("org_2")), ErrorCode::not_found);
  const auto made = answer("comms_bridge_call", setup, organization("org_1"));
  EXPECT_EQ(text(made, "callerPattern"), "*");
  EXPECT_EQ(refused("comms_bridge_call", setup, organization("org_1")), ErrorCode::conflict);
  const std::string id = text(made, "bridgeId");
  const auto rung =
      answer("comms_bridge_call",
             R"({"action":"call","callerNumber":"+14155552671","bridgeId":")" + id + "\"}",
             organization("org_1"));
  EXPECT_EQ(text(rung, "bridgeId"), id);
  EXPECT_EQ(phone_->dialled.size(), 1U);
  const auto listed =
      answer("comms_bridge_call", R"({"action":"list","organizationId":"org_1"})", orchestrator());
  EXPECT_EQ(listed.root().get("routes")->size(), 1U);
  EXPECT_EQ(listed.root().get("recentCalls")->size(), 1U);
  const std::string removal = R"({"action":"remove","bridgeId":")" + id + "\"}";
  answer("comms_bridge_call", removal, organization("org_1"));
  EXPECT_EQ(refused("comms_bridge_call", removal, organization("org_1")), ErrorCode::not_found);
}

TEST_F(CallToolsTest, OneTimeCodes) {
  const auto sent = answer("comms_send_otp", R"({"to":"+14155552671","channel":"sms"})");
  EXPECT_EQ(sent.root().boolean("success"), true);
  const std::string words = vendor_->log.at(0).message.text;
  const std::string code = words.substr(words.find(" is ") + 4, 6);
  const auto guess = [&](const std::string& what) {
    return answer("comms_verify_otp",
                  R"({"contactAddress":"+14155552671","code":")" + what + "\"}");
  };
  EXPECT_EQ(guess("x").root().boolean("valid"), false);
  EXPECT_EQ(guess(code).root().boolean("valid"), true);
  EXPECT_EQ(text(guess(code), "reason"), "the code was used already");
}

TEST_F(CallToolsTest, ACallIsAResource) {
  const std::string uri = "comms://calls/" + live_call();
  EXPECT_THAT(*read(self_, uri), HasSubstr("timeline"));
  EXPECT_FALSE(read(agent("org_1", "agt_2"), uri));
  EXPECT_FALSE(read(organization("org_2"), uri));
}

}  // namespace
}  // namespace commsd::tools::test
