#include "messaging/one_time_codes.h"

#include <regex>

#include "messaging/messaging_bed.h"
#include "store/suppression_repository.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* contact = "+14155552671";

class OneTimeCodesTest : public MessagingBed {
 protected:
  Result<CodeSent> ask(std::string key = {}) {
    CodeRequest request;
    request.org_id = "org_1";
    request.agent_id = "agt_1";
    request.to = contact;
    request.purpose = "signing in";
    request.idempotency_key = std::move(key);
    return executor_.run(codes_.send(std::move(request)));
  }
  std::string sent_code() {
    std::smatch found;
    const std::string text = vendor_->log.back().message.text;
    return std::regex_search(text, found, std::regex(R"(\d{6})")) ? found.str() : "";
  }
  std::string verify(const std::string& code, const std::string& agent = "agt_1") {
    return *executor_.run(codes_.verify("org_1", agent, contact, code));
  }
  std::string wrong() { return sent_code() == "123456" ? "654321" : "123456"; }

  OneTimeCodes codes_{*store_, *outbound_, clock_, random_, ids_, "secret key"};
};

TEST_F(OneTimeCodesTest, ACodeIsGoodOnce) {
  ASSERT_TRUE(ask());
  const std::string code = sent_code();
  ASSERT_EQ(code.size(), 6U);
  EXPECT_NE(verify(code, "agt_2"), "");
  EXPECT_EQ(verify(code), "");
  EXPECT_EQ(verify(code), "the code was used already");
}

TEST_F(OneTimeCodesTest, ThreeGuesses) {
  ASSERT_TRUE(ask());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(verify(wrong()), "the code is wrong");
  EXPECT_NE(verify(sent_code()), "");
}

TEST_F(OneTimeCodesTest, SixtyFourGuessesAtOnceAreThree) {
  ASSERT_TRUE(ask());
  int looked_at = 0;
  int answered = 0;
  const auto guess = [](OneTimeCodes& codes, std::string code, int& looked,
                        int& done) -> Task<void> {
    Result<std::string> reason = co_await codes.verify("org_1", "agt_1", contact, std::move(code));
    if (reason && *reason == "the code is wrong") ++looked;
    ++done;
  };
  for (int i = 0; i < 64; ++i) spawn(executor_, guess(codes_, wrong(), looked_at, answered));
  const auto all = [](int& done) -> Task<void> {
    while (done < 64) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(all(answered));
  EXPECT_EQ(looked_at, 3);
}

TEST_F(OneTimeCodesTest, OnlyTheNewestCounts) {
  ASSERT_TRUE(ask());
  const std::string old = sent_code();
  ASSERT_TRUE(ask());
  if (old != sent_code()) {
    EXPECT_NE(verify(old), "");
  }
  EXPECT_EQ(verify(sent_code()), "");
}

TEST_F(OneTimeCodesTest, FiveMinutes) {
  ASSERT_TRUE(ask());
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(verify(sent_code()), "the code has expired; send a new one");
}

TEST_F(OneTimeCodesTest, FiveAnHour) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ask());
  const auto sixth = ask();
  ASSERT_FALSE(sixth);
  EXPECT_EQ(sixth.error().rule, "otp.per_hour");
  EXPECT_EQ(vendor_->log.size(), 5U);
  clock_.advance(std::chrono::minutes(61));
  EXPECT_TRUE(ask());
}

TEST_F(OneTimeCodesTest, ARepeatUnderOneKeyIsOneCode) {
  const auto first = ask("k1");
  const auto again = ask("k1");
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->outcome.message.id, again->outcome.message.id);
  EXPECT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(verify(sent_code()), "");
}

TEST_F(OneTimeCodesTest, TheRulesHoldForCodesToo) {
  store::UnitOfWork unit;
  store::SuppressionRepository::add_suppression(
      unit, {"org_1", "agt_1", "sms", policy::contact_hash("key", contact), "keyword", 1});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto refused = ask();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
  EXPECT_EQ(verify("123456"), "no code was sent to this contact") << "nothing half-done";
}

TEST_F(OneTimeCodesTest, NothingThatIsKeptGivesTheCodeAway) {
  keep_bodies();
  OneTimeCodes codes(*store_, *outbound_, clock_, random_, ids_, "secret key");
  CodeRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.to = contact;
  const auto sent = executor_.run(codes.send(std::move(request)));
  ASSERT_TRUE(sent);
  const store::MessageRepository messages(*store_);
  EXPECT_EQ(*executor_.run(messages.payload("org_1", sent->outcome.message.id)), std::nullopt);
  EXPECT_EQ(stored(sent->outcome.message.id).content_hash, "");
}

}  // namespace
}  // namespace commsd::messaging::test
