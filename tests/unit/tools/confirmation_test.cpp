#include "tools/confirmation.h"

#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;

/// A person who gives the answers a test has prepared.
class Person : public mcp::ClientRequests {
 public:
  explicit Person(std::string answer, bool has_forms = true) : answer_(std::move(answer)) {
    capabilities_.elicitation_form = has_forms;
  }

  const mcp::ClientCapabilities& capabilities() const override { return capabilities_; }
  Task<Result<std::vector<mcp::InputAnswer>>> ask(
      std::vector<mcp::InputRequest> requests) override {
    asked.push_back(requests.front().method + ' ' + requests.front().params_json);
    if (answer_.empty()) co_return fail(ErrorCode::timeout, "no answer");
    auto document = std::make_shared<const JsonDocument>(*JsonDocument::parse(answer_));
    const JsonValue root = document->root();
    std::vector<mcp::InputAnswer> answers;
    answers.push_back({std::move(document), root});
    co_return answers;
  }

  std::vector<std::string> asked;

 private:
  std::string answer_;
  mcp::ClientCapabilities capabilities_;
};

class ConfirmationTest : public ToolsBed {
 protected:
  ConfirmationTest() { confirm({"comms_send_message"}); }

  Result<mcp::ToolResult> send(const std::string& more = "", mcp::ClientRequests* client = nullptr,
                               const identity::Principal& caller = agent("org_1", "agt_1")) {
    return call(caller, "comms_send_message",
                R"({"to":"+14155552671","body":"Hi \"you\"")" + more + "}", client);
  }
  static std::string token_of(const Result<mcp::ToolResult>& result) {
    if (!result) return "none: " + result.error().message;
    const auto document = JsonDocument::parse(result->json);
    EXPECT_EQ(document->root().string("status"), "confirmation_required") << result->json;
    EXPECT_EQ(document->root().boolean("success"), false);
    return std::string(document->root().string("confirmToken").value_or("none"));
  }
  static std::string with(const std::string& token) {
    return R"(,"confirmToken":")" + token + "\"";
  }
  void expect_refused(const Result<mcp::ToolResult>& result, const std::string& why) {
    ASSERT_FALSE(result.has_value()) << result->json;
    EXPECT_EQ(result.error().code, ErrorCode::rejected);
    EXPECT_THAT(result.error().message, HasSubstr(why));
    EXPECT_FALSE(result.error().remedy.empty());
  }
};

TEST_F(ConfirmationTest, WithoutAFormItTakesASecondCall) {
  const auto first = send();
  const std::string token = token_of(first);
  EXPECT_FALSE(first->is_error);
  EXPECT_THAT(first->json, HasSubstr("+14155552671"));
  EXPECT_TRUE(vendor_->log.empty());
  const auto second = send(with(token));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(second->json, HasSubstr(R"("success":true)"));
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.text, "Hi \"you\"");
}

TEST_F(ConfirmationTest, ATokenWorksOnce) {
  const std::string token = token_of(send());
  ASSERT_TRUE(send(with(token)));
  expect_refused(send(with(token)), "used before");
  confirm({"comms_send_message"});  // another worker, or the same after a restart
  expect_refused(send(with(token)), "used before");
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ConfirmationTest, ATokenIsBoundToItsCall) {
  const std::string token = token_of(send());
  expect_refused(send(R"(,"channel":"sms")" + with(token)), "for these arguments");
  expect_refused(send(with(token), nullptr, organization("org_1")), "for these arguments");
  expect_refused(send(with(token), nullptr, agent("org_1", "agt_2")), "for these arguments");
  expect_refused(send(with("x")), "for these arguments");
  expect_refused(send(with("a.b.c")), "for these arguments");
  std::string longer_life = token;
  longer_life[longer_life.find('.') + 1] = '9';
  expect_refused(send(with(longer_life)), "for these arguments");
  EXPECT_TRUE(vendor_->log.empty());
  // The order of arguments is none of their meaning.
  EXPECT_TRUE(
      call(agent("org_1", "agt_1"), "comms_send_message",
           R"({"confirmToken":")" + token + R"(","body":"Hi \"you\"","to":"+14155552671"})"));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ConfirmationTest, ATokenExpires) {
  const std::string token = token_of(send());
  clock_.advance(Confirmation::lifetime);
  expect_refused(send(with(token)), "expired");
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(ConfirmationTest, AFormIsShownWhereThereIsOne) {
  Person yes(R"({"action":"accept","content":{"confirm":true}})");
  ASSERT_TRUE(send("", &yes));
  ASSERT_EQ(yes.asked.size(), 1U);
  EXPECT_THAT(yes.asked[0], HasSubstr("elicitation/create"));
  EXPECT_THAT(yes.asked[0], HasSubstr(R"(to: +14155552671\nbody: Hi \"you\")"));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ConfirmationTest, NothingIsSentWithoutAYes) {
  for (const char* answer :
       {R"({"action":"decline"})", R"({"action":"accept","content":{"confirm":false}})",
        R"({"action":"accept"})", R"({"action":"accept","content":{"confirm":"true"}})", "{}"}) {
    Person no(answer);
    expect_refused(send("", &no), "declined");
  }
  Person away(R"({"action":"cancel"})");
  expect_refused(send("", &away), "without an answer");
  Person silent("");
  const auto result = send("", &silent);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::timeout) << "passed on as it is";
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(ConfirmationTest, AClientWithoutFormsGetsAToken) {
  Person formless(R"({"action":"accept","content":{"confirm":true}})", false);
  token_of(send("", &formless));
  EXPECT_TRUE(formless.asked.empty());
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(ConfirmationTest, TheIdempotencyKeyHoldsAcrossTokens) {
  const std::string key = R"(,"idempotencyKey":"k1")";
  const auto first = send(key + with(token_of(send(key))));
  const auto second = send(key + with(token_of(send(key))));
  ASSERT_TRUE(first);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(second->json, HasSubstr(R"("deduplicated":true)"));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ConfirmationTest, LongArgumentsAreCutForPeople) {
  Person no(R"({"action":"decline"})");
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "ä";
  expect_refused(call(agent("org_1", "agt_1"), "comms_send_message",
                      R"({"to":"+14155552671","body":")" + body + "\"}", &no),
                 "declined");
  EXPECT_THAT(no.asked[0], HasSubstr("2000 bytes in all"));
  EXPECT_LT(no.asked[0].size(), 1500U);
}

TEST_F(ConfirmationTest, OthersDoNotAsk) {
  confirm({});
  Person no(R"({"action":"decline"})");
  ASSERT_TRUE(send("", &no));
  EXPECT_TRUE(no.asked.empty());
  EXPECT_EQ(vendor_->log.size(), 1U);
}

}  // namespace
}  // namespace commsd::tools::test
