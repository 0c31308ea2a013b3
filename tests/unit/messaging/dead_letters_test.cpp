#include "messaging/final_state.h"
#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using std::chrono::seconds;

class DeadLettersTest : public MessagingBed {
 protected:
  store::InboxItem only() {
    const auto items = waiting();
    EXPECT_EQ(items.size(), 1U);
    return items.empty() ? store::InboxItem() : items[0];
  }
};

TEST_F(DeadLettersTest, ARefusedMessageIsOneWithoutItsWords) {
  vendor_->answers = {Answer::refuse};
  const std::string id = sent(request("the words")).message.id;
  const store::InboxItem item = only();
  EXPECT_TRUE(item.outbound);
  EXPECT_EQ(item.reason, "send_failed");
  EXPECT_EQ(item.error_details, "no such recipient");
  EXPECT_EQ(item.message_id, id);
  EXPECT_EQ(item.from_address, "+14155550100");
  EXPECT_EQ(item.to_address, "+14155552671");
  EXPECT_EQ(item.body, "");
  EXPECT_EQ(item.original_content, "");
}

TEST_F(DeadLettersTest, TheWordsAreThereWhenBodiesAreKept) {
  keep_bodies();
  vendor_->answers = {Answer::refuse};
  sent(request("the words"));
  EXPECT_NE(only().original_content.find("the words"), std::string::npos);
}

TEST_F(DeadLettersTest, AreFetchedAndAcknowledgedLikeTheInbox) {
  vendor_->answers = {Answer::refuse};
  sent(request("hello"));
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "an item")));
  const auto items = waiting();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_LT(items[0].sequence, items[1].sequence);
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {items[0].id})));
  ASSERT_EQ(waiting().size(), 1U);
  EXPECT_FALSE(waiting()[0].outbound);
}

TEST_F(DeadLettersTest, WhatAVendorCouldNotDeliverIsOne) {
  sent(request("hello"));
  ASSERT_TRUE(webhook(status_event("VM1", "undelivered")));
  EXPECT_EQ(only().reason, "send_failed");
  ASSERT_TRUE(webhook(status_event("VM1", "undelivered")));
  EXPECT_EQ(waiting().size(), 1U) << "once";
}

TEST_F(DeadLettersTest, WhatNobodyKnowsIsOneUntilNewsSettlesIt) {
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "unknown");
  EXPECT_EQ(only().reason, "outcome_unknown");
  ASSERT_TRUE(webhook(status_event("VM1", "delivered"), vendor_->log[0].client_reference));
  ASSERT_EQ(stored(outcome.message.id).state, "delivered");
  EXPECT_TRUE(waiting().empty());
}

TEST_F(DeadLettersTest, RetriesThatEndAreOne) {
  vendor_->decide = [] { return Answer::unavailable; };
  sent(request("hello"));
  EXPECT_TRUE(waiting().empty()) << "it is tried again";
  pass(seconds(300));
  EXPECT_EQ(only().reason, "send_failed");
}

TEST_F(DeadLettersTest, WakeWhoWaits) {
  vendor_->answers = {Answer::refuse};
  vendor_->latency = std::chrono::milliseconds(50);
  std::optional<Inbox::Page> page;
  const auto wait = [](Inbox& inbox, std::optional<Inbox::Page>& into) -> Task<void> {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = "agt_1";
    Task<Result<Inbox::Page>> waiting = inbox.wait(filter, false, seconds(3600), {});
    into = *co_await std::move(waiting);
  };
  spawn(executor_, wait(*inbox_, page));
  sent(request("hello"));
  const auto done = [](const std::optional<Inbox::Page>& got) -> Task<void> {
    for (int i = 0; i < 1000 && !got; ++i) co_await sleep_for(std::chrono::milliseconds(1));
  };
  executor_.run(done(page));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 1U);
}

TEST_F(DeadLettersTest, AreOfStatesThatCameToNothing) {
  for (const MessageState state :
       {MessageState::scheduled, MessageState::accepted, MessageState::attempting,
        MessageState::submitted, MessageState::delivered, MessageState::read,
        MessageState::cancelled}) {
    EXPECT_FALSE(is_dead_letter(state)) << to_string(state);
  }
}

}  // namespace
}  // namespace commsd::messaging::test
