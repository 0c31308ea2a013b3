#include "store/message_repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/fixture.h"

namespace commsd::store::test {
namespace {

class MessageRepositoryTest : public StoreTest {
 protected:
  MessageRepositoryTest() {
    UnitOfWork unit;
    MessageRepository::add_accept(unit, message("msg_1"), R"({"body":"hello"})");
    EXPECT_TRUE(committed(std::move(unit)));
  }

  bool start(int number, const std::string& expected_state = "accepted") {
    UnitOfWork unit;
    MessageRepository::add_attempt_started(unit, attempt(number), expected_state, "attempting", 2);
    MessageRepository::add_timeline(unit, "org_1", "msg_1", {2000, "attempting", ""});
    return committed(std::move(unit));
  }
  bool finish(const AttemptResult& result) {
    UnitOfWork unit;
    MessageRepository::add_result(unit, result);
    return committed(std::move(unit));
  }
  bool status(const std::string& state, std::int64_t rank, const std::string& org = "org_1") {
    UnitOfWork unit;
    StatusChange change;
    change.org_id = org;
    change.message_id = "msg_1";
    change.state = state;
    change.state_rank = rank;
    change.at = 4000;
    MessageRepository::add_status(unit, change);
    return committed(std::move(unit));
  }
  Message stored() { return get(messages_->find("org_1", "msg_1")).value(); }

  static Attempt attempt(int number) {
    Attempt attempt;
    attempt.id = "att_" + std::to_string(number);
    attempt.org_id = "org_1";
    attempt.message_id = "msg_1";
    attempt.number = number;
    attempt.provider = "alpha";
    attempt.started_at = 2000;
    return attempt;
  }
  static AttemptResult result(int number, const std::string& outcome, const std::string& state) {
    AttemptResult result;
    result.org_id = "org_1";
    result.message_id = "msg_1";
    result.attempt_id = "att_" + std::to_string(number);
    result.outcome = outcome;
    result.expected_state = "attempting";
    result.state = state;
    result.state_rank = 3;
    result.at = 3000;
    return result;
  }

  std::unique_ptr<MessageRepository> messages_ = std::make_unique<MessageRepository>(*store_);
};

TEST_F(MessageRepositoryTest, KeepsWhatWasAccepted) {
  const Message found = stored();
  const Message expected = message("msg_1");
  EXPECT_EQ(found.to_address, expected.to_address);
  EXPECT_EQ(found.state, "accepted");
  EXPECT_EQ(found.provider, "");
  EXPECT_EQ(found.cost_currency, "");
  EXPECT_EQ(found.next_attempt_at, expected.created_at);
  EXPECT_EQ(get(messages_->payload("org_1", "msg_1")), R"({"body":"hello"})");
}

TEST_F(MessageRepositoryTest, AnIdIsAcceptedOnce) {
  UnitOfWork unit;
  MessageRepository::add_accept(unit, message("msg_1"), "{}");
  EXPECT_FALSE(committed(std::move(unit)));
}

TEST_F(MessageRepositoryTest, NoMessageOfAnAgentOfAnotherOrganization) {
  Message foreign = message("msg_2");
  foreign.org_id = "org_2";
  UnitOfWork unit;
  MessageRepository::add_accept(unit, foreign, "{}");
  EXPECT_FALSE(committed(std::move(unit)));
}

TEST_F(MessageRepositoryTest, OtherOrganizationsSeeNothing) {
  EXPECT_EQ(get(messages_->find("org_2", "msg_1")), std::nullopt);
  EXPECT_EQ(get(messages_->payload("org_2", "msg_1")), std::nullopt);
  MessageFilter filter;
  filter.org_id = "org_2";
  EXPECT_TRUE(get(messages_->list(filter)).empty());
  EXPECT_FALSE(status("delivered", 9, "org_2"));
}

TEST_F(MessageRepositoryTest, OfTwoWorkersOneStartsTheAttempt) {
  EXPECT_EQ(get(messages_->due(1000, 10)).size(), 1u);
  EXPECT_TRUE(start(1));
  EXPECT_FALSE(start(1));
  EXPECT_FALSE(start(2));
  EXPECT_TRUE(get(messages_->due(99'999, 10)).empty());
  EXPECT_EQ(get(messages_->open_attempts("", 10)).size(), 1u);
  EXPECT_EQ(get(messages_->find_attempt("att_1"))->message_id, "msg_1");
}

TEST_F(MessageRepositoryTest, ASuccessEndsTheAttemptOnce) {
  ASSERT_TRUE(start(1));
  AttemptResult sent = result(1, "success", "submitted");
  sent.vendor_id = "SM1";
  sent.cost_micros = 7900;
  sent.cost_currency = "USD";
  EXPECT_TRUE(finish(sent));
  EXPECT_FALSE(finish(sent));
  const Message found = stored();
  EXPECT_EQ(found.state, "submitted");
  EXPECT_EQ(found.vendor_id, "SM1");
  EXPECT_EQ(found.cost_micros, 7900);
  EXPECT_EQ(get(messages_->find_by_vendor_id("alpha", "SM1"))->id, "msg_1");
  EXPECT_EQ(get(messages_->find_by_vendor_id("beta", "SM1")), std::nullopt);
  EXPECT_EQ(get(messages_->find_by_vendor_id("org_2", "alpha", "SM1")), std::nullopt);
  EXPECT_TRUE(get(messages_->open_attempts("", 10)).empty());
  const std::vector<Attempt> attempts = get(messages_->attempts("org_1", "msg_1"));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].outcome, "success");
  EXPECT_EQ(attempts[0].ended_at, 3000);
}

TEST_F(MessageRepositoryTest, AFailureThatMayBeRepeatedIsDueLater) {
  ASSERT_TRUE(start(1));
  AttemptResult failed = result(1, "failed", "retrying");
  failed.state_rank = 1;
  failed.error_code = "unavailable";
  failed.next_attempt_at = 5000;
  EXPECT_TRUE(finish(failed));
  EXPECT_TRUE(get(messages_->due(4999, 10)).empty());
  EXPECT_EQ(get(messages_->due(5000, 10)).size(), 1u);
  EXPECT_FALSE(start(1, "retrying"));
  EXPECT_TRUE(start(2, "retrying"));
  EXPECT_TRUE(finish(result(2, "success", "submitted")));
  EXPECT_EQ(stored().error_code, "");  // the failure before is told by its attempt
  EXPECT_EQ(stored().attempts, 2);
}

TEST_F(MessageRepositoryTest, AStatusNeverGoesBack) {
  ASSERT_TRUE(start(1));
  ASSERT_TRUE(finish(result(1, "success", "submitted")));
  EXPECT_TRUE(status("delivered", 9));
  EXPECT_FALSE(status("sent", 5));
  EXPECT_FALSE(status("delivered", 9));
  EXPECT_EQ(stored().state, "delivered");
}

TEST_F(MessageRepositoryTest, ACallbackBeforeTheReplyIsKept) {
  ASSERT_TRUE(start(1));
  EXPECT_TRUE(status("delivered", 9));
  AttemptResult late = result(1, "success", "submitted");
  late.vendor_id = "SM1";
  EXPECT_TRUE(finish(late));
  EXPECT_EQ(stored().state, "delivered");
  EXPECT_EQ(stored().state_rank, 9);
  EXPECT_EQ(stored().vendor_id, "SM1");
}

TEST_F(MessageRepositoryTest, AMessageMayBeAcceptedWithItsFirstAttempt) {
  Message sending = message("msg_2");
  sending.state = "attempting";
  sending.state_rank = 2;
  sending.attempts = 1;
  sending.provider = "sandbox";
  Attempt first = attempt(1);
  first.id = "att_of_2";
  first.message_id = "msg_2";
  UnitOfWork unit;
  MessageRepository::add_accept(unit, sending, "{}");
  MessageRepository::add_attempt(unit, first);
  ASSERT_TRUE(committed(std::move(unit)));
  const Message found = *get(messages_->find("org_1", "msg_2"));
  EXPECT_EQ(found.state, "attempting");
  EXPECT_EQ(found.attempts, 1);
  EXPECT_EQ(found.provider, "sandbox");
  EXPECT_EQ(found.next_attempt_at, std::nullopt);
  EXPECT_EQ(get(messages_->find_attempt("att_of_2"))->message_id, "msg_2");
}

TEST_F(MessageRepositoryTest, PostponesOnlyWhatStillWaits) {
  UnitOfWork unit;
  MessageRepository::add_postpone(unit, "org_1", "msg_1", "accepted", 9000, 1500);
  EXPECT_TRUE(committed(std::move(unit)));
  EXPECT_TRUE(get(messages_->due(8999, 10)).empty());
  ASSERT_TRUE(start(1));
  UnitOfWork late;
  MessageRepository::add_postpone(late, "org_1", "msg_1", "accepted", 9000, 1500);
  EXPECT_FALSE(committed(std::move(late)));
}

TEST_F(MessageRepositoryTest, ForgetsTheContentAndKeepsTheMessage) {
  for (int time = 0; time < 2; ++time) {
    UnitOfWork unit;
    MessageRepository::add_drop_payload(unit, "org_1", "msg_1");
    EXPECT_TRUE(committed(std::move(unit)));
  }
  EXPECT_EQ(get(messages_->payload("org_1", "msg_1")), std::nullopt);
  EXPECT_EQ(stored().id, "msg_1");
}

TEST_F(MessageRepositoryTest, TellsTheTimelineInOrder) {
  ASSERT_TRUE(start(1));
  UnitOfWork unit;
  MessageRepository::add_timeline(unit, "org_1", "msg_1", {1000, "submitted", "alpha"});
  ASSERT_TRUE(committed(std::move(unit)));
  const std::vector<TimelineEntry> timeline = get(messages_->timeline("org_1", "msg_1"));
  ASSERT_EQ(timeline.size(), 2u);
  EXPECT_EQ(timeline[0].state, "attempting");
  EXPECT_EQ(timeline[1].detail, "alpha");
  EXPECT_TRUE(get(messages_->timeline("org_2", "msg_1")).empty());
}

TEST_F(MessageRepositoryTest, ListsPageByPageNewestFirst) {
  for (const char* id : {"msg_2", "msg_3"}) {
    UnitOfWork unit;
    MessageRepository::add_accept(unit, message(id), "{}");
    ASSERT_TRUE(committed(std::move(unit)));
  }
  MessageFilter filter;
  filter.org_id = "org_1";
  filter.limit = 2;
  std::vector<Message> page = get(messages_->list(filter));
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].id, "msg_3");
  filter.before_id = page[1].id;
  page = get(messages_->list(filter));
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].id, "msg_1");
  filter.before_id.clear();
  filter.channel = "email";
  EXPECT_TRUE(get(messages_->list(filter)).empty());
}

}  // namespace
}  // namespace commsd::store::test
