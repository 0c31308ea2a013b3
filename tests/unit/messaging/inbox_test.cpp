#include "messaging/inbox.h"

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using MaybePage = std::optional<Result<Inbox::Page>>;

constexpr std::chrono::seconds limit{50};

/// Counts the polls that pass through it.
class PolledStore final : public store::Store {
 public:
  explicit PolledStore(store::Store& real) : real_(real) {}

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    if (statement == "inbox.newest") ++polls;
    return real_.query(statement, std::move(parameters));
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    return real_.commit(std::move(unit));
  }

  int polls = 0;

 private:
  store::Store& real_;
};

/// The bed's own inbox is one process, `there_` is that of another on the same database.
class InboxTest : public MessagingBed {
 protected:
  InboxTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    other_store_ = std::make_unique<AwaitedStore>(executor_, std::move(*opened));
    polled_store_.emplace(*other_store_);
    there_.emplace(*polled_store_, clock_);
  }

  static Task<void> await_item(Inbox* inbox, MaybePage* page) {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = "agt_1";
    Task<Result<Inbox::Page>> looking = inbox->wait(std::move(filter), false, limit, {});
    Result<Inbox::Page> found = co_await std::move(looking);
    page->emplace(std::move(found));
  }
  void begin_to_wait(Inbox& inbox, MaybePage& page) {
    spawn(executor_, await_item(&inbox, &page));
    EXPECT_TRUE(waiting().empty());
  }
  void run_until_found(const MaybePage& page) {
    while (!page) executor_.run(sleep_for(std::chrono::seconds(1)));
  }

  std::unique_ptr<AwaitedStore> other_store_;
  std::optional<PolledStore> polled_store_;
  std::optional<Inbox> there_;
};

TEST_F(InboxTest, AWaitHearsOfWhatAnotherProcessReceived) {
  MaybePage page;
  begin_to_wait(*there_, page);
  // Once before the first poll, and once behind it: what a poll knew counts no more.
  for (const std::chrono::seconds later : {std::chrono::seconds(0), std::chrono::seconds(7)}) {
    executor_.run(sleep_for(later));
    ASSERT_FALSE(page);
    const std::string id = "SM" + std::to_string(later.count());
    ASSERT_TRUE(webhook(text_event(id, "+14155552671", "hi")));
    const auto stored_at = executor_.elapsed();
    run_until_found(page);
    ASSERT_TRUE(page->has_value());
    ASSERT_EQ((*page)->items.size(), 1u);
    EXPECT_LE(executor_.elapsed() - stored_at, 2 * Inbox::poll_interval) << "of the test's clock";
    const std::string item = (*page)->items.front().id;
    ASSERT_TRUE(executor_.run(there_->acknowledge("org_1", "agt_1", {item})));
    page.reset();
    begin_to_wait(*there_, page);
  }
  run_until_found(page);
  EXPECT_TRUE((*page)->items.empty());
}

TEST_F(InboxTest, AllWhoWaitForAnAgentPollOnce) {
  MaybePage pages[3];
  for (MaybePage& page : pages) begin_to_wait(*there_, page);
  executor_.run(sleep_for(std::chrono::seconds(21)));
  EXPECT_GE(polled_store_->polls, 9);
  EXPECT_LE(polled_store_->polls, 11);
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "hi")));
  for (MaybePage& page : pages) {
    run_until_found(page);
    ASSERT_TRUE(page->has_value());
    EXPECT_EQ((*page)->items.size(), 1u);
  }
  const int polls = polled_store_->polls;
  executor_.run(sleep_for(std::chrono::seconds(30)));
  EXPECT_EQ(polled_store_->polls, polls) << "nobody waits any more";
}

TEST_F(InboxTest, TheOthersGoOnPollingWhenTheFirstHasGone) {
  std::stop_source gone;
  MaybePage first;
  const auto wait = [](Inbox* inbox, MaybePage* page, std::stop_token cancelled) -> Task<void> {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = "agt_1";
    Task<Result<Inbox::Page>> looking = inbox->wait(std::move(filter), false, limit, cancelled);
    Result<Inbox::Page> found = co_await std::move(looking);
    page->emplace(std::move(found));
  };
  spawn(executor_, wait(&*there_, &first, gone.get_token()));
  EXPECT_TRUE(waiting().empty());
  MaybePage second;
  begin_to_wait(*there_, second);
  gone.request_stop();
  run_until_found(first);
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "hi")));
  const auto stored_at = executor_.elapsed();
  run_until_found(second);
  EXPECT_EQ((*second)->items.size(), 1u);
  EXPECT_LE(executor_.elapsed() - stored_at, 3 * Inbox::poll_interval) << "of the test's clock";
}

TEST_F(InboxTest, AWaitForNothingEndsEmpty) {
  MaybePage page;
  begin_to_wait(*inbox_, page);
  run_until_found(page);
  ASSERT_TRUE(page->has_value());
  EXPECT_TRUE((*page)->items.empty());
}

}  // namespace
}  // namespace commsd::messaging::test
