#include "messaging/body_storage.h"

#include <gmock/gmock.h>

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using ::testing::HasSubstr;

class BodyStorageTest : public MessagingBed {
 protected:
  BodyStorageTest() { use({}); }

  void use(BodyStorage::Settings settings) {
    bodies_.emplace(*store_, *audit_, clock_, settings);
    settings_.bodies = &*bodies_;
    restart();
  }
  bool choose(std::string agent_id, std::optional<std::int64_t> days) {
    return executor_.run(bodies_->choose("org_1", std::move(agent_id), days, "test")).has_value();
  }
  /// What is in the database of it, kept or not.
  std::optional<std::string> at_rest(const std::string& id) {
    return *executor_.run(store::MessageRepository(*store_).payload("org_1", id));
  }
  std::optional<std::string> kept(const std::string& id) {
    return *executor_.run(bodies_->read("org_1", id));
  }
};

TEST_F(BodyStorageTest, NothingStaysByDefault) {
  EXPECT_EQ(at_rest(sent(request("hello")).message.id), std::nullopt);
  vendor_->answers = {Answer::refuse};
  EXPECT_EQ(at_rest(sent(request("refused")).message.id), std::nullopt);
}

TEST_F(BodyStorageTest, WhatWaitsForARetryIsThereAndNotShown) {
  vendor_->answers = {Answer::unavailable};
  const std::string id = sent(request("hello")).message.id;
  EXPECT_THAT(at_rest(id).value_or(""), HasSubstr("hello"));
  EXPECT_EQ(kept(id), std::nullopt);
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(at_rest(id), std::nullopt);
}

TEST_F(BodyStorageTest, AnOrganizationMayKeepAndAnAgentMayNot) {
  ASSERT_TRUE(choose("", 10));
  const std::string id = sent(request("hello")).message.id;
  EXPECT_THAT(kept(id).value_or(""), HasSubstr("hello"));
  ASSERT_TRUE(choose("agt_1", 0));
  EXPECT_EQ(at_rest(sent(request("quiet")).message.id), std::nullopt);
  EXPECT_NE(kept(id), std::nullopt) << "what was kept stays until its time";
  ASSERT_TRUE(choose("agt_1", std::nullopt));
  EXPECT_EQ(bodies_->days("org_1", "agt_1"), 10);
}

TEST_F(BodyStorageTest, AfterItsTimeItIsNotShownAnyMore) {
  ASSERT_TRUE(choose("agt_1", 2));
  const std::string id = sent(request("hello")).message.id;
  clock_.advance(std::chrono::hours(47));
  EXPECT_NE(kept(id), std::nullopt);
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(kept(id), std::nullopt);
}

TEST_F(BodyStorageTest, TheConfigurationCountsWhereNobodyChose) {
  use({true, 3, 7});
  EXPECT_EQ(bodies_->days("org_1", "agt_1"), 3);
  ASSERT_TRUE(choose("", 0));
  EXPECT_EQ(bodies_->days("org_1", "agt_1"), 0);
  EXPECT_EQ(at_rest(sent(request("hello")).message.id), std::nullopt);
}

TEST_F(BodyStorageTest, AnotherWorkerHearsOfIt) {
  BodyStorage other(*store_, *audit_, clock_, {});
  ASSERT_TRUE(choose("agt_1", 5));
  EXPECT_EQ(other.days("org_1", "agt_1"), 0);
  ASSERT_TRUE(executor_.run(other.refresh()));
  EXPECT_EQ(other.days("org_1", "agt_1"), 5);
  EXPECT_EQ(other.days("org_1", "agt_2"), 0);
}

TEST_F(BodyStorageTest, WhatNobodyKnowsStaysUntilNewsSettleIt) {
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "unknown");
  EXPECT_NE(kept(outcome.message.id), std::nullopt);
  ASSERT_TRUE(webhook(status_event("VM1", "delivered"), vendor_->log[0].client_reference));
  EXPECT_EQ(stored(outcome.message.id).state, "delivered");
  EXPECT_EQ(at_rest(outcome.message.id), std::nullopt);
}

TEST_F(BodyStorageTest, NewsOfAMessageThatWaitsEndItsContentToo) {
  vendor_->answers = {Answer::unavailable};
  const std::string id = sent(request("hello")).message.id;
  const auto attempts = executor_.run(store::MessageRepository(*store_).attempts("org_1", id));
  ASSERT_TRUE(webhook(status_event("VM1", "delivered"), attempts->at(0).id));
  ASSERT_EQ(stored(id).state, "delivered");
  EXPECT_EQ(at_rest(id), std::nullopt);
}

TEST_F(BodyStorageTest, WhatIsScheduledIsThereUntilItIsCancelled) {
  SendRequest later = request("later");
  later.send_at = clock_.now() + 60'000;
  const std::string id = sent(std::move(later)).message.id;
  EXPECT_NE(at_rest(id), std::nullopt);
  ASSERT_TRUE(executor_.run(scheduled_->cancel("org_1", "agt_1", id)));
  EXPECT_EQ(at_rest(id), std::nullopt);
}

TEST_F(BodyStorageTest, ChoicesAreChecked) {
  EXPECT_FALSE(choose("", -1));
  EXPECT_FALSE(choose("", BodyStorage::longest_days + 1));
  const auto nobody = executor_.run(bodies_->choose("org_1", "agt_9", 1, "test"));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
  EXPECT_FALSE(executor_.run(bodies_->choose("org_2", "agt_1", 1, "test")));
}

}  // namespace
}  // namespace commsd::messaging::test
