// What sends, failures, retries and the vendors' bills do to the limits.
#include <gmock/gmock.h>

#include "messaging/messaging_bed.h"
#include "policy/limit_service.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;

class SpendingTest : public MessagingBed {
 protected:
  SpendingTest() { limit({}); }

  /// Everything starts anew with these limits as the defaults.
  void limit(policy::Limits limits) {
    limits_ = limits;
    build();
    service_.emplace(*store_, *audit_, tiers_, clock_, limits_, 0);
  }
  store::LimitSituation used() {
    return executor_.run(service_->view("org_1", "agt_1"))->situation;
  }
  /// What the table says for the scripted vendor, which it does not know.
  std::int64_t estimate() const { return prices_.estimate("first", "sms", "+14155552671", 1); }

  /// While the vendor's answer is on its way; it finds the message by its attempt.
  Task<void> bill_arrives() {
    co_await sleep_for(std::chrono::milliseconds(30));
    const store::MessageRepository messages(*store_);
    auto open = co_await messages.open_attempts("", 10);
    plugin::ProviderEvent bill = status_event("VM1", "delivered");
    bill.cost_micros = 8'300;
    bill.currency = "USD";
    vendor_->events = {std::move(bill)};
    WebhookCall call;
    call.agent_id = "agt_1";
    call.reference = open->front().id;
    Task<Result<plugin::WebhookReply>> handling = inbound_->handle(std::move(call));
    co_await std::move(handling);
  }

  std::optional<policy::LimitService> service_;
};

TEST_F(SpendingTest, ASendCountsWithTheVendorsPrice) {
  sent(request("one"));
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, 7'900);
  EXPECT_EQ(used().month_spend, 7'900);
}

TEST_F(SpendingTest, ADefiniteFailureCostsNothingAndCounts) {
  vendor_->answers = {Answer::refuse};
  EXPECT_EQ(sent(request("one")).message.state, "failed");
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, 0);
}

TEST_F(SpendingTest, AnUnknownOutcomeKeepsTheEstimate) {
  vendor_->answers = {Answer::lose};
  EXPECT_EQ(sent(request("one")).message.state, "unknown");
  EXPECT_EQ(used().day_spend, estimate());
}

TEST_F(SpendingTest, FailOverAndRetriesAreOneAction) {
  providers_.add("second");
  vendor_->answers = {Answer::unavailable};
  EXPECT_EQ(sent(request("one")).message.provider, "second");
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, 7'900);
  vendor_->answers = {Answer::throttle};
  const SendOutcome later = sent(request("two"));
  EXPECT_EQ(later.message.state, "accepted");
  EXPECT_EQ(used().day_spend, 7'900 + estimate());
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(later.message.id).state, "submitted");
  EXPECT_EQ(used().day_count, 2);
  EXPECT_EQ(used().day_spend, 2 * 7'900);
}

TEST_F(SpendingTest, ARetryGoesOutAlthoughTheLimitIsMet) {
  limit({1, 1, 1, 1, 10'000'000, 10'000'000});
  vendor_->answers = {Answer::throttle};
  const SendOutcome one = sent(request("one"));
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(one.message.id).state, "submitted");
  EXPECT_EQ(send(request("two")).error().rule, "limit.per_day");
}

TEST_F(SpendingTest, ARecoveredAttemptIsSettledOnce) {
  vendor_->answers = {Answer::take_and_lose};
  vendor_->looks_up = false;
  const SendOutcome one = sent(request("one"));
  EXPECT_EQ(one.message.state, "unknown");
  restart();
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, estimate());
}

TEST_F(SpendingTest, ALaterBillCorrectsBoth) {
  const SendOutcome one = sent(request("one"));
  plugin::ProviderEvent event = status_event(one.message.vendor_id, "delivered");
  event.cost_micros = 8'300;
  event.currency = "USD";
  ASSERT_TRUE(webhook(event));
  EXPECT_EQ(used().day_spend, 8'300);
  EXPECT_EQ(stored(one.message.id).cost_micros, 8'300);
  ASSERT_TRUE(webhook(event));  // the same again
  EXPECT_EQ(used().day_spend, 8'300);
  event = status_event(one.message.vendor_id, "sent");  // late, with a newer price
  event.cost_micros = 8'400;
  event.currency = "USD";
  ASSERT_TRUE(webhook(event));
  EXPECT_EQ(used().day_spend, 8'400);
  EXPECT_EQ(stored(one.message.id).state, "delivered");
}

TEST_F(SpendingTest, ABillThatOvertakesTheAnswerStands) {
  vendor_->latency = std::chrono::milliseconds(100);
  spawn(executor_, bill_arrives());
  const store::Message message = stored(sent(request("one")).message.id);
  EXPECT_EQ(message.state, "delivered");
  EXPECT_EQ(message.cost_micros, 8'300) << "neither the sum nor the estimate";
  EXPECT_EQ(used().day_spend, 8'300);
}

TEST_F(SpendingTest, ATwinIsAnsweredAlthoughTheLimitIsMet) {
  limit({10, 10, 1, 1, 10'000'000, 10'000'000});
  const SendOutcome first = sent(request("one", "key"));
  const SendOutcome again = sent(request("one", "key"));
  EXPECT_TRUE(again.deduplicated);
  EXPECT_EQ(again.message.id, first.message.id);
  const Error refused = send(request("two", "other key")).error();
  EXPECT_EQ(refused.code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.rule, "limit.per_day");
  EXPECT_GT(refused.next_allowed_at, clock_.now());
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(SpendingTest, ARefusedSendMayBeSentLaterUnderItsKey) {
  limit({1, 10, 10, 1, 10'000'000, 10'000'000});
  sent(request("one"));
  const Error refused = send(request("two", "key")).error();
  EXPECT_EQ(refused.rule, "limit.per_minute");
  clock_.set(refused.next_allowed_at);
  EXPECT_EQ(sent(request("two", "key")).message.state, "submitted");
}

TEST_F(SpendingTest, LongMessagesCostTheirSegments) {
  vendor_->answers = {Answer::lose, Answer::lose};
  SendRequest some = request(std::string(161, 'a'));
  sent(some);
  EXPECT_EQ(used().day_spend, 2 * estimate());
  some = request("look");
  some.content.media_urls = {"https://media.example.com/a.jpg"};
  sent(some);
  EXPECT_EQ(used().day_spend, 2 * estimate() + prices_.estimate("first", "mms", "+14155552671", 1));
}

TEST_F(SpendingTest, WhatNobodyAskedForIsNotHeldBack) {
  limit({0, 0, 0, 0, 0, 0});
  ASSERT_TRUE(webhook(text_event("e1", "+14155552671", "STOP")));
  executor_.run(inbound_->close());
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(used().day_count, 1);
}

TEST_F(SpendingTest, AScheduledMessageCountsInTheDayInWhichItIsSent) {
  SendRequest later = request("later");
  later.send_at = clock_.now() + std::chrono::milliseconds(std::chrono::hours(48)).count();
  const std::string id = sent(later).message.id;
  EXPECT_EQ(used().day_count, 0);
  clock_.advance(std::chrono::hours(48));
  vendor_->answers = {Answer::throttle};
  pass(std::chrono::seconds(1));
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, estimate());
  pass(std::chrono::seconds(10));
  const store::Message message = stored(id);
  EXPECT_EQ(message.state, "submitted");
  EXPECT_EQ(used().day_count, 1);
  EXPECT_EQ(used().day_spend, 7'900);
  restart();
  plugin::ProviderEvent bill = status_event(message.vendor_id, "delivered");
  bill.cost_micros = 8'300;
  bill.currency = "USD";
  ASSERT_TRUE(webhook(bill));
  EXPECT_EQ(used().day_spend, 8'300);
}

TEST_F(SpendingTest, AScheduledMessageWaitsForRoomInItsLimits) {
  limit({1, 10, 1, 1, 10'000'000, 10'000'000});
  SendRequest later = request("later");
  later.send_at = clock_.now() + 10'000;
  const std::string id = sent(later).message.id;
  sent(request("now"));
  pass(std::chrono::seconds(12));
  const store::Message waits = stored(id);
  EXPECT_EQ(waits.state, "scheduled");
  ASSERT_TRUE(waits.next_attempt_at);
  EXPECT_GT(*waits.next_attempt_at, clock_.now() + 60'000) << "tomorrow";
  clock_.set(*waits.next_attempt_at);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(vendor_->asked, 2);
}

TEST_F(SpendingTest, ScheduledMessagesOfOneMomentGoOutAsTheMinuteAllows) {
  limit({2, 100, 100, 1, 10'000'000, 10'000'000});
  for (const char* text : {"one", "two", "three"}) {
    SendRequest later = request(text);
    later.send_at = clock_.now() + 10'000;
    sent(later);
  }
  pass(std::chrono::seconds(12));
  EXPECT_EQ(vendor_->asked, 2);
  pass(std::chrono::seconds(60));
  EXPECT_EQ(vendor_->asked, 3);
}

TEST_F(SpendingTest, WhatIsCancelledWhileItWaitsForARetryCostsNothing) {
  vendor_->answers = {Answer::throttle};
  const SendOutcome one = sent(request("one"));
  EXPECT_EQ(used().day_spend, estimate());
  ASSERT_TRUE(executor_.run(scheduled_->cancel("org_1", "agt_1", one.message.id)));
  EXPECT_EQ(used().day_spend, 0);
  EXPECT_EQ(used().day_count, 1);
}

TEST_F(SpendingTest, AMessageToAnAgentCountsAndCostsNothing) {
  store::UnitOfWork unit;
  store::AgentRepository::add_create(unit, {"agt_2", "org_1", "Bob", "active", "US", 1});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_2", "sms", "+14155550102", "first", "PN2", "active"});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  limit({10, 10, 2, 1, 1, 1});
  SendRequest inside = request("hello, colleague");
  inside.content.to = "agt_2";
  EXPECT_EQ(sent(inside).message.state, "delivered");
  inside.content.text = "later";
  inside.send_at = clock_.now() + 5'000;
  const std::string id = sent(inside).message.id;
  pass(std::chrono::seconds(6));
  EXPECT_EQ(stored(id).state, "delivered");
  EXPECT_EQ(used().day_count, 2);
  EXPECT_EQ(used().day_spend, 0);
  inside.send_at = 0;
  EXPECT_EQ(send(inside).error().rule, "limit.per_day");
}

TEST_F(SpendingTest, OfSixtyFourSendersAtOnceAsManyPassAsMay) {
  limit({100, 100, 23, 1, 1'000'000'000, 1'000'000'000});
  std::vector<Result<SendOutcome>> outcomes;
  const auto one = [](OutboundPipeline& pipeline, SendRequest what,
                      std::vector<Result<SendOutcome>>& into) -> Task<void> {
    Result<SendOutcome> outcome = co_await pipeline.send(std::move(what));
    into.push_back(std::move(outcome));
  };
  for (int i = 0; i < 64; ++i) {
    spawn(executor_, one(*outbound_, request("hello " + std::to_string(i)), outcomes));
  }
  const auto all = [](std::vector<Result<SendOutcome>>& into) -> Task<void> {
    while (into.size() < 64) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(all(outcomes));
  std::size_t passed = 0;
  for (const auto& outcome : outcomes) {
    passed += outcome ? 1 : 0;
    if (!outcome) {
      EXPECT_EQ(outcome.error().rule, "limit.per_day");
    }
  }
  EXPECT_EQ(passed, 23U);
  EXPECT_EQ(vendor_->log.size(), 23U);
  EXPECT_EQ(used().day_spend, 23 * 7'900);
}

}  // namespace
}  // namespace commsd::messaging::test
