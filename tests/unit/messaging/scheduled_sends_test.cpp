#include "messaging/scheduled_sends.h"

#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using std::chrono::hours;
using std::chrono::seconds;

class ScheduledTest : public MessagingBed {
 protected:
  SendRequest at(seconds ahead, std::string text = "later", std::string key = {}) const {
    SendRequest request = this->request(std::move(text), std::move(key));
    request.send_at = clock_.now() + std::chrono::milliseconds(ahead).count();
    return request;
  }
  Result<store::Message> cancel(const std::string& id, const std::string& org = "org_1",
                                const std::string& agent = "agt_1") {
    return executor_.run(scheduled_->cancel(org, agent, id));
  }
  std::optional<std::string> payload(const std::string& id) {
    const store::MessageRepository messages(*store_);
    return *executor_.run(messages.payload("org_1", id));
  }
  void set_agent(const std::string& status) {
    store::UnitOfWork unit;
    store::AgentRepository::add_set_status(unit, "org_1", "agt_1", status);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
};

TEST_F(ScheduledTest, GoesOutWhenItsTimeHasComeAndNotBefore) {
  const SendOutcome outcome = sent(at(seconds(60)));
  EXPECT_EQ(outcome.message.state, "scheduled");
  pass(seconds(59));
  EXPECT_EQ(vendor_->asked, 0);
  EXPECT_EQ(stored(outcome.message.id).state, "scheduled");
  pass(seconds(2));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.text, "later");
  EXPECT_EQ(payload(outcome.message.id), std::nullopt);
}

TEST_F(ScheduledTest, OutlivesARestartAndIsSentOnce) {
  const std::string id = sent(at(seconds(60))).message.id;
  restart();
  clock_.advance(hours(2));  // the server was down when it was due
  restart();
  pass(seconds(3));
  EXPECT_EQ(stored(id).state, "submitted");
  restart();
  pass(seconds(30));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ScheduledTest, TwoWorkersSendItOnce) {
  sent(at(seconds(5)));
  clock_.advance(seconds(6));
  int ended = 0;
  const auto one = [](ScheduledSends& sends, int& count) -> Task<void> {
    auto due = co_await sends.run_due(10);
    EXPECT_TRUE(due);
    ++count;
  };
  for (int i = 0; i < 8; ++i) spawn(executor_, one(*scheduled_, ended));
  const auto all = [](const int& count, InFlight& in_flight) -> Task<void> {
    while (count < 8 || in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(all(ended, *in_flight_));
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(ScheduledTest, TheRulesAreThoseOfTheMomentItIsSent) {
  const std::string id = sent(at(seconds(60))).message.id;
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "STOP")));
  pass(seconds(61));
  const store::Message message = stored(id);
  EXPECT_EQ(message.state, "failed");
  EXPECT_EQ(message.error_code, "rejected");
  EXPECT_NE(message.failure_reason.find("opt_out"), std::string::npos);
  for (const auto& taken : vendor_->log) EXPECT_NE(taken.message.text, "later");
  EXPECT_EQ(payload(id), std::nullopt);
  bool told = false;
  for (const store::InboxItem& item : waiting()) told |= item.message_id == id && item.outbound;
  EXPECT_TRUE(told) << "a dead letter says so";
}

TEST_F(ScheduledTest, AnAgentThatIsNotActiveSendsNothing) {
  const std::string id = sent(at(seconds(10))).message.id;
  set_agent("inactive");
  pass(seconds(11));
  EXPECT_EQ(stored(id).state, "failed");
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(ScheduledTest, AProviderThatIsDownIsTriedAgain) {
  const std::string id = sent(at(seconds(10))).message.id;
  vendor_->answers = {Answer::unavailable};
  pass(seconds(11));
  EXPECT_EQ(stored(id).state, "accepted");
  pass(seconds(5));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ScheduledTest, TheSameKeyGivesTheSameScheduledMessage) {
  const SendRequest request = at(seconds(60), "later", "k1");
  const std::string id = sent(request).message.id;
  EXPECT_EQ(sent(request).message.id, id);
  EXPECT_TRUE(sent(request).deduplicated);
  pass(seconds(70));
  const SendOutcome late = sent(request);
  EXPECT_EQ(late.message.id, id) << "a repeat asks about the first, though its time is past";
  EXPECT_EQ(late.message.state, "submitted");
}

TEST_F(ScheduledTest, TheSameWordsNowAreAnotherMessage) {
  const std::string id = sent(at(seconds(30), "hello")).message.id;
  const SendOutcome now = sent(request("hello"));
  EXPECT_FALSE(now.deduplicated);
  EXPECT_EQ(now.message.state, "submitted");
  pass(seconds(31));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(vendor_->log.size(), 2U);
}

TEST_F(ScheduledTest, ACancelledMessageIsNeverSent) {
  const std::string id = sent(at(seconds(10))).message.id;
  const auto cancelled = cancel(id);
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->state, "cancelled");
  EXPECT_TRUE(cancel(id)) << "twice is harmless";
  pass(seconds(20));
  EXPECT_EQ(vendor_->asked, 0);
  EXPECT_EQ(stored(id).state, "cancelled");
  EXPECT_EQ(payload(id), std::nullopt);
  EXPECT_TRUE(waiting().empty()) << "no dead letter";
  EXPECT_FALSE(history(id).failure);
}

TEST_F(ScheduledTest, AMessageThatWaitsForARetryCanBeCancelled) {
  vendor_->answers = {Answer::unavailable};
  const std::string id = sent(request("hello")).message.id;
  ASSERT_EQ(stored(id).state, "accepted");
  EXPECT_TRUE(cancel(id));
  pass(seconds(30));
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(ScheduledTest, WhatMayHaveBeenTakenCannotBeCancelled) {
  vendor_->keyed = true;
  vendor_->answers = {Answer::take_and_lose};
  const std::string waits = sent(request("lost")).message.id;
  ASSERT_EQ(stored(waits).state, "accepted");
  EXPECT_EQ(cancel(waits).error().code, ErrorCode::rejected);
  const std::string gone = sent(request("gone")).message.id;
  EXPECT_EQ(cancel(gone).error().code, ErrorCode::rejected);
}

TEST_F(ScheduledTest, CancellingIsTheOwnersOnly) {
  const std::string id = sent(at(seconds(10))).message.id;
  for (const auto& result :
       {cancel(id, "org_2"), cancel(id, "org_1", "agt_2"), cancel("msg_none")}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::not_found);
  }
  EXPECT_EQ(stored(id).state, "scheduled");
}

TEST_F(ScheduledTest, OfACancelAndTheTimeThatComesOneWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string id = sent(at(seconds(1), "race " + std::to_string(round))).message.id;
    const std::size_t before = vendor_->log.size();
    clock_.advance(seconds(2));
    int ended = 0;
    const auto send = [](ScheduledSends& sends, int& count) -> Task<void> {
      auto due = co_await sends.run_due(10);
      EXPECT_TRUE(due);
      ++count;
    };
    bool cancelled = false;
    const auto take_back = [](ScheduledSends& sends, std::string message, int& count,
                              bool& done) -> Task<void> {
      Task<Result<store::Message>> cancelling = sends.cancel("org_1", "agt_1", message);
      done = (co_await std::move(cancelling)).has_value();
      ++count;
    };
    spawn(executor_, send(*scheduled_, ended));
    spawn(executor_, take_back(*scheduled_, id, ended, cancelled));
    const auto both = [](const int& count, InFlight& in_flight) -> Task<void> {
      while (count < 2 || in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
    };
    executor_.run(both(ended, *in_flight_));
    EXPECT_EQ(vendor_->log.size() - before, cancelled ? 0U : 1U);
    EXPECT_EQ(stored(id).state, cancelled ? "cancelled" : "submitted");
  }
}

TEST_F(ScheduledTest, TimesThatCannotBeAreRefused) {
  SendRequest past = at(seconds(0));
  SendRequest far = at(hours(24 * 30) + seconds(1));
  for (SendRequest* request : {&past, &far}) {
    const auto outcome = send(*request);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(outcome.error().message.find("'sendAt'"), std::string::npos);
  }
  EXPECT_TRUE(send(at(hours(24 * 30))));
}

}  // namespace
}  // namespace commsd::messaging::test
