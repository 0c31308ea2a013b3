#include "messaging/inbox.h"

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using InboxTest = MessagingBed;
using MaybePage = std::optional<Result<Inbox::Page>>;

Task<void> await_item(Inbox* inbox, MaybePage* page) {
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  Task<Result<Inbox::Page>> looking =
      inbox->wait(std::move(filter), false, std::chrono::seconds(5), {});
  Result<Inbox::Page> found = co_await std::move(looking);
  page->emplace(std::move(found));
}

TEST_F(InboxTest, AWaitEndsWithWhatAnotherProcessReceived) {
  Inbox here(*store_, clock_);
  MaybePage page;
  spawn(executor_, await_item(&here, &page));
  EXPECT_TRUE(waiting().empty());
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "hi")));  // to the bed's own inbox
  while (!page) executor_.run(sleep_for(std::chrono::seconds(1)));
  ASSERT_TRUE(page->has_value());
  EXPECT_EQ((*page)->items.size(), 1u);
}

TEST_F(InboxTest, AWaitForNothingEndsEmpty) {
  MaybePage page;
  spawn(executor_, await_item(&*inbox_, &page));
  while (!page) executor_.run(sleep_for(std::chrono::seconds(1)));
  ASSERT_TRUE(page->has_value());
  EXPECT_TRUE((*page)->items.empty());
}

}  // namespace
}  // namespace commsd::messaging::test
