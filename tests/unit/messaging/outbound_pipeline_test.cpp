#include <set>

#include <gmock/gmock.h>

#include "messaging/messaging_bed.h"
#include "store/channel_repository.h"
#include "store/pool_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using ::testing::HasSubstr;

class OutboundTest : public MessagingBed {
 protected:
  /// Says at which vendors the agent's number is.
  void own_by(const std::string& providers) {
    store::UnitOfWork unit;
    store::PoolRepository::add_set_owners(unit, "org_1", "+14155550100", providers);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  /// A message whose attempt was made durable when the process ended; the attempt's id.
  std::string cut_off(const std::string& id, const std::string& text = "x") {
    store::UnitOfWork unit;
    store::Message message;
    message.id = id;
    message.org_id = "org_1";
    message.agent_id = "agt_1";
    message.channel = "sms";
    message.from_address = "+14155550100";
    message.to_address = "+14155552671";
    message.state = "accepted";
    message.content_hash = id;
    message.created_at = clock_.now();
    message.updated_at = clock_.now();
    auto attempt = delivery_->choose(message, {});
    store::MessageRepository::add_accept(unit, message, encode_content(request(text).content));
    delivery_->add_attempt(unit, message, *attempt);
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
    return attempt->record.id;
  }
};

TEST_F(OutboundTest, ATakenMessageIsSubmittedAndItsContentForgotten) {
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "submitted");
  EXPECT_EQ(outcome.message.vendor_id, "VM1");
  EXPECT_EQ(outcome.message.cost_micros, 7900);
  const store::MessageRepository messages(*store_);
  EXPECT_EQ(*executor_.run(messages.payload("org_1", outcome.message.id)), std::nullopt);
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.from, "+14155550100");
  EXPECT_EQ(vendor_->log[0].message.status_url,
            "https://comms.example.com/webhooks/agt_1/sms?ref=" + vendor_->log[0].client_reference);
}

TEST_F(OutboundTest, TheSameKeyGivesTheSameResult) {
  const SendOutcome first = sent(request("hello", "k1"));
  const SendOutcome again = sent(request("hello", "k1"));
  EXPECT_EQ(again.message.id, first.message.id);
  EXPECT_TRUE(again.deduplicated);
  const auto other = send(request("other words", "k1"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::idempotency_mismatch);
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(OutboundTest, TheSameKeyGivesTheSameFailure) {
  vendor_->answers = {Answer::refuse};
  const SendOutcome first = sent(request("hello", "k1"));
  EXPECT_EQ(first.message.state, "failed");
  const SendOutcome again = sent(request("hello", "k1"));
  EXPECT_EQ(again.message.state, "failed");
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, TwinsAtTheSameTimeAreSentOnce) {
  vendor_->latency = std::chrono::milliseconds(200);
  std::vector<Result<SendOutcome>> outcomes;
  const auto one = [](OutboundPipeline& pipeline, SendRequest what,
                      std::vector<Result<SendOutcome>>& into) -> Task<void> {
    Result<SendOutcome> outcome = co_await pipeline.send(std::move(what));
    into.push_back(std::move(outcome));
  };
  for (int i = 0; i < 64; ++i) spawn(executor_, one(*outbound_, request("hello", "k1"), outcomes));
  const auto all = [](std::vector<Result<SendOutcome>>& into) -> Task<void> {
    while (into.size() < 64) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(all(outcomes));
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->message.vendor_id, "VM1");
  }
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, WithoutAKeyTheSameWordsAreSentOnceInsideTheWindow) {
  const SendOutcome first = sent(request("hello"));
  const SendOutcome again = sent(request("hello"));
  EXPECT_TRUE(again.deduplicated);
  EXPECT_EQ(again.message.id, first.message.id);
  clock_.advance(std::chrono::seconds(61));
  EXPECT_FALSE(sent(request("hello")).deduplicated);
  EXPECT_EQ(vendor_->log.size(), 2U);
}

TEST_F(OutboundTest, WordsThatNobodyTookMaySentAgainAtOnce) {
  vendor_->answers = {Answer::refuse};
  EXPECT_EQ(sent(request("hello")).message.state, "failed");
  const SendOutcome again = sent(request("hello"));
  EXPECT_FALSE(again.deduplicated);
  EXPECT_EQ(again.message.state, "submitted");
}

TEST_F(OutboundTest, AnUnavailableProviderIsReplacedByItsFallback) {
  const auto second = providers_.add("second");
  vendor_->answers = {Answer::unavailable};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "submitted");
  EXPECT_EQ(outcome.message.provider, "second");
  EXPECT_EQ(outcome.message.attempts, 2);
  EXPECT_EQ(second->log.size(), 1U);
}

TEST_F(OutboundTest, AFallbackThatDoesNotHaveTheNumberIsNotAsked) {
  own_by("first");
  const auto second = providers_.add("second");
  vendor_->answers = {Answer::unavailable};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "accepted") << "it waits for the vendor that has the number";
  EXPECT_THAT(outcome.message.failure_reason, HasSubstr("'second' was not asked"));
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_EQ(stored(outcome.message.id).provider, "first");
  EXPECT_EQ(second->asked, 0);
}

TEST_F(OutboundTest, TheFallbackIsTheFirstChoiceForANumberOfItsOwn) {
  own_by("second");
  providers_.add("second");
  EXPECT_EQ(sent(request("hello")).message.provider, "second");
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(OutboundTest, AFallbackBetweenTwoIsPassedOver) {
  own_by("first third");
  const auto second = providers_.add("second");
  providers_.add("third");
  vendor_->answers = {Answer::unavailable};
  EXPECT_EQ(sent(request("hello")).message.provider, "third");
  EXPECT_EQ(second->asked, 0);
}

TEST_F(OutboundTest, ANumberOfAProviderThatIsGoneIsRefusedWithWhatToDo) {
  own_by("former");
  const auto refused = send(request("hello"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().rule, "sender");
  EXPECT_THAT(refused.error().message, HasSubstr("belongs to 'former'"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("commsctl numbers set --to provider"));
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(OutboundTest, AMailGoesToTheFallbackWhicheverProviderItsAddressCameWith) {
  store::UnitOfWork unit;
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_1", "email", "ada@one.example", "first", "", "active"});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  providers_.add("second");
  vendor_->answers = {Answer::unavailable};
  SendRequest mail = request("hello");
  mail.content.channel = plugin::ChannelKind::email;
  mail.content.to = "bob@example.com";
  mail.content.subject = "Hello";
  EXPECT_EQ(sent(std::move(mail)).message.provider, "second");
}

TEST_F(OutboundTest, AWaitingMessageGoesWhereItsNumberIsByThen) {
  own_by("first");
  vendor_->answers = {Answer::throttle};
  const std::string id = sent(request("hello")).message.id;
  const auto second = providers_.add("second");
  own_by("second");
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(id).provider, "second");
  EXPECT_EQ(second->log.size(), 1U);
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, AMessageWaitsADayForTheProviderThatHasItsNumber) {
  own_by("first");
  const auto second = providers_.add("second");
  vendor_->answers = {Answer::throttle};
  const std::string id = sent(request("hello")).message.id;
  providers_.order = {second};
  providers_.configured.erase("first");
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(id).state, "accepted");
  clock_.advance(std::chrono::hours(24));
  pass(std::chrono::seconds(1));
  const store::Message message = stored(id);
  EXPECT_EQ(message.state, "failed");
  EXPECT_THAT(message.failure_reason, HasSubstr("belongs to 'first'"));
  EXPECT_THAT(message.failure_remedy, HasSubstr("configure that provider again"));
  EXPECT_EQ(second->asked, 0);
}

TEST_F(OutboundTest, ALostAnswerNeverGoesToTheFallback) {
  const auto second = providers_.add("second");
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "unknown");
  pass(std::chrono::seconds(600));
  EXPECT_EQ(stored(outcome.message.id).state, "unknown");
  EXPECT_EQ(second->asked, 0);
  EXPECT_EQ(vendor_->asked, 1);
  const auto view = history(outcome.message.id);
  ASSERT_TRUE(view.failure);
  EXPECT_EQ(view.failure->code, "ambiguous");
  EXPECT_FALSE(view.failure->what_to_do.empty());
}

TEST_F(OutboundTest, ALostAnswerIsLookedUp) {
  vendor_->looks_up = true;
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "submitted");
  EXPECT_EQ(outcome.message.vendor_id, "VM1");
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, AnotherMessageWithTheSameWordsIsNotTakenForTheLostOne) {
  vendor_->looks_up = true;
  vendor_->matches_text = true;
  EXPECT_EQ(sent(request("hello", "k1")).message.vendor_id, "VM1");
  vendor_->answers = {Answer::lose};
  const SendOutcome outcome = sent(request("hello", "k2"));
  EXPECT_EQ(outcome.message.state, "unknown");
  EXPECT_EQ(outcome.message.vendor_id, "");
}

TEST_F(OutboundTest, ALostAnswerIsAskedForAgainUnderItsKey) {
  vendor_->keyed = true;
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "accepted");
  pass(std::chrono::seconds(5));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(OutboundTest, AKeyThatTheVendorMayHaveForgottenIsNotUsedAgain) {
  vendor_->keyed = true;
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "accepted");
  clock_.advance(std::chrono::hours(48));  // the server was down
  pass(std::chrono::seconds(2));
  const store::Message message = stored(outcome.message.id);
  EXPECT_EQ(message.state, "unknown");
  EXPECT_EQ(message.error_code, "ambiguous");
  EXPECT_FALSE(message.next_attempt_at);
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, AWaitingMessageWithoutContentFails) {
  vendor_->answers = {Answer::unavailable};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "accepted");
  store::UnitOfWork unit;
  store::MessageRepository::add_drop_payload(unit, "org_1", outcome.message.id);
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(stored(outcome.message.id).state, "failed");
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(OutboundTest, AThrottledMessageOutlivesItsProvider) {
  vendor_->answers = {Answer::throttle};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "accepted");
  providers_.order.clear();
  providers_.configured.clear();
  const auto second = providers_.add("second");
  pass(std::chrono::seconds(7));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_EQ(second->asked, 1);
}

TEST_F(OutboundTest, AThrottledMessageWaitsForTheSameProvider) {
  const auto second = providers_.add("second");
  vendor_->answers = {Answer::throttle};
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "accepted");
  pass(std::chrono::seconds(3));
  EXPECT_EQ(vendor_->asked, 1) << "Retry-After was five seconds";
  pass(std::chrono::seconds(4));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_EQ(second->asked, 0);
}

TEST_F(OutboundTest, RetriesEnd) {
  vendor_->decide = [] { return Answer::unavailable; };
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "accepted");
  pass(std::chrono::seconds(300));
  const store::Message message = stored(outcome.message.id);
  EXPECT_EQ(message.state, "failed");
  EXPECT_EQ(message.attempts, settings_.most_attempts);
  EXPECT_EQ(message.error_code, "unavailable");
}

TEST_F(OutboundTest, AnOpenCircuitKeepsMessagesWaiting) {
  vendor_->decide = [] { return Answer::unavailable; };
  for (int i = 0; i < 5; ++i) sent(request("down " + std::to_string(i)));
  const int asked = vendor_->asked;
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "accepted");
  EXPECT_EQ(vendor_->asked, asked) << "the circuit is open";
  vendor_->decide = nullptr;
  pass(std::chrono::seconds(120));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
}

TEST_F(OutboundTest, WhatACrashCutOffIsNeverSentAgainBlindly) {
  cut_off("msg_1");
  restart();
  EXPECT_EQ(stored("msg_1").state, "unknown");
  EXPECT_EQ(vendor_->asked, 0);
  pass(std::chrono::seconds(60));
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(OutboundTest, WhatTheVendorReportedAfterACrashStands) {
  const std::string reference = cut_off("msg_1");
  ASSERT_TRUE(webhook(status_event("VM7", "delivered"), reference));
  ASSERT_EQ(stored("msg_1").state, "delivered");
  restart();
  EXPECT_EQ(stored("msg_1").state, "delivered");
  EXPECT_EQ(stored("msg_1").vendor_id, "VM7");
  EXPECT_TRUE(executor_.run(delivery_->interrupted())->empty());
  const store::MessageRepository messages(*store_);
  EXPECT_EQ(*executor_.run(messages.payload("org_1", "msg_1")), std::nullopt);
}

TEST_F(OutboundTest, WhatWasJustCutOffIsGivenTimeToShow) {
  vendor_->looks_up = true;
  cut_off("msg_1");
  restart();
  EXPECT_EQ(stored("msg_1").state, "unknown");
  EXPECT_EQ(vendor_->looked_for, 3);
}

TEST_F(OutboundTest, WhatWasCutOffLongAgoNeedsOneLook) {
  vendor_->looks_up = true;
  cut_off("msg_1");
  clock_.advance(std::chrono::seconds(30));
  restart();
  EXPECT_EQ(stored("msg_1").state, "unknown");
  EXPECT_EQ(vendor_->looked_for, 1);
}

TEST_F(OutboundTest, AnAttemptWhoseEndWasNotSavedIsFoundWithoutARestart) {
  cut_off("msg_1");
  clock_.advance(std::chrono::seconds(30));
  EXPECT_TRUE(executor_.run(delivery_->forgotten(10))->empty()) << "it may still be under way";
  clock_.advance(std::chrono::minutes(5));
  auto forgotten = executor_.run(delivery_->forgotten(10));
  ASSERT_EQ(forgotten->size(), 1U);

  in_flight_->enter("msg_1");
  executor_.run(delivery_->recover(forgotten->front()));
  EXPECT_EQ(stored("msg_1").state, "attempting") << "somebody is at it";
  in_flight_->forget("msg_1");
  executor_.run(delivery_->recover(forgotten->front()));
  EXPECT_EQ(stored("msg_1").state, "unknown");
  EXPECT_EQ(in_flight_->size(), 0U);
}

TEST_F(OutboundTest, AnAttemptOfAnotherWorkerIsLeftToIt) {
  cut_off("msg_1");
  settings_.worker = "another";
  restart();
  EXPECT_EQ(stored("msg_1").state, "attempting");
  settings_.worker = DeliverySettings().worker;
  restart();
  EXPECT_EQ(stored("msg_1").state, "unknown");
}

TEST_F(OutboundTest, OneMessageAtTheVendorIsFoundForOneOfTwins) {
  vendor_->looks_up = true;
  vendor_->matches_text = true;
  cut_off("msg_1", "hello");
  cut_off("msg_2", "hello");
  ScriptedVendor::Taken taken;
  taken.vendor_id = "VM1";
  taken.message.text = "hello";
  vendor_->log.push_back(taken);
  auto open = executor_.run(delivery_->interrupted());
  ASSERT_EQ(open->size(), 2U);
  int ended = 0;
  const auto one = [](Delivery& delivery, store::Attempt attempt, int& count) -> Task<void> {
    co_await delivery.recover(std::move(attempt));
    ++count;
  };
  for (store::Attempt& attempt : *open) {
    spawn(executor_, one(*delivery_, std::move(attempt), ended));
  }
  const auto both = [](const int& count) -> Task<void> {
    while (count < 2) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(both(ended));
  const std::multiset<std::string> states = {stored("msg_1").state, stored("msg_2").state};
  EXPECT_EQ(states, (std::multiset<std::string>{"submitted", "unknown"}));
}

/// A database that saves a group and loses the connection before it says so.
class LosingStore final : public store::Store {
 public:
  explicit LosingStore(store::Store& inner) : inner_(inner) {}

  int lose = 0;  // the how manieth commit; 0 = none

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    return inner_.query(statement, std::move(parameters));
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    const bool lost = --lose == 0;
    Result<store::UnitOutcome> outcome = co_await inner_.commit(std::move(unit));
    if (lost) co_return fail(ErrorCode::ambiguous, "the connection was lost");
    co_return outcome;
  }

 private:
  store::Store& inner_;
};

TEST_F(OutboundTest, ACommitWhoseAnswerWasLostChangesNothing) {
  const auto fallback = providers_.add("second");
  LosingStore losing(*store_);
  Delivery delivery(losing, providers_, *gate_, *breaker_, *in_flight_, clock_, ids_, settings_);
  OutboundPipeline pipeline(losing, *gate_, *spend_, delivery, *in_flight_, clock_, ids_, {});
  for (const int lost : {1, 2, 3}) {  // the accept, the failure with the next attempt, the success
    losing.lose = lost;
    vendor_->answers = {Answer::unavailable};
    const auto outcome = executor_.run(pipeline.send(request("lost " + std::to_string(lost))));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->message.state, "submitted") << lost;
    EXPECT_EQ(stored(outcome->message.id).provider, "second") << lost;
  }
  EXPECT_EQ(fallback->log.size(), 3U);
  executor_.run(delivery.close());
}

TEST_F(OutboundTest, RefusesWhatNoVendorMaySee) {
  struct Bad {
    const char* what;
    std::function<void(SendRequest&)> spoil;
    ErrorCode code;
  };
  const std::vector<Bad> cases = {
      {"to", [](SendRequest& r) { r.content.to = "4155552671"; }, ErrorCode::invalid_argument},
      {"'to'", [](SendRequest& r) { r.content.to = "+1415555\n2671"; },
       ErrorCode::invalid_argument},
      {"nothing to send", [](SendRequest& r) { r.content.text = ""; }, ErrorCode::invalid_argument},
      {"body", [](SendRequest& r) { r.content.text = std::string(2000, 'x'); },
       ErrorCode::too_large},
      {"UTF-8", [](SendRequest& r) { r.content.text = "\xff"; }, ErrorCode::invalid_argument},
      {"mediaUrls", [](SendRequest& r) { r.content.media_urls = {"file:///etc/passwd"}; },
       ErrorCode::invalid_argument},
      {"agent", [](SendRequest& r) { r.agent_id = "agt_2"; }, ErrorCode::not_found},
      {"agent", [](SendRequest& r) { r.org_id = "org_2"; }, ErrorCode::not_found},
      {"no whatsapp", [](SendRequest& r) { r.content.channel = plugin::ChannelKind::whatsapp; },
       ErrorCode::rejected}};
  for (const Bad& bad : cases) {
    SendRequest spoiled = request("hello");
    bad.spoil(spoiled);
    const auto outcome = send(std::move(spoiled));
    ASSERT_FALSE(outcome) << bad.what;
    EXPECT_EQ(outcome.error().code, bad.code) << bad.what;
    EXPECT_NE(outcome.error().message.find(bad.what), std::string::npos) << outcome.error().message;
  }
  EXPECT_EQ(vendor_->asked, 0);
}

}  // namespace
}  // namespace commsd::messaging::test
