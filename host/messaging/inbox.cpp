#include "messaging/inbox.h"

#include <algorithm>
#include <atomic>

#include "base/crash_point.h"

namespace commsd::messaging {

namespace {

/// A reply that takes longer to write is not going to arrive.
constexpr UnixMillis longest_hold = 60'000;
/// A fetch that read its rows before an acknowledgement was stored may look at them after it.
constexpr UnixMillis hold_after_acknowledgement = 5'000;

}  // namespace

Task<Result<Inbox::Page>> Inbox::fetch(store::InboxFilter filter, bool hold) {
  const auto limit = static_cast<std::size_t>(filter.limit);
  Page page;
  page.cursor = filter.after;
  while (page.items.empty()) {
    auto items = co_await items_.list(filter);
    if (!items) co_return fail(items.error());
    const bool last = items->size() < limit;
    if (!items->empty()) filter.after = items->back().sequence;
    take(*items, filter.include_acknowledged, hold);
    if (!items->empty()) page.cursor = items->back().sequence;
    page.items = std::move(*items);
    if (last) break;
  }
  co_return page;
}

void Inbox::take(std::vector<store::InboxItem>& items, bool include_held, bool hold) {
  // Leaving out and holding are one step, or two fetches could both find an item free.
  const std::lock_guard lock(mutex_);
  const UnixMillis now = clock_.now();
  std::erase_if(held_, [now](const auto& entry) { return entry.second <= now; });
  if (!include_held) {
    std::erase_if(items, [this](const store::InboxItem& item) { return held_.contains(item.id); });
  }
  if (!hold) return;
  for (const store::InboxItem& item : items) {
    if (!item.acknowledged_at) held_[item.id] = now + longest_hold;
  }
}

void Inbox::release(const std::string& agent_id, const std::vector<std::string>& ids) {
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& id : ids) held_.erase(id);
  }
  announce(agent_id);
}

Task<Result<Inbox::Page>> Inbox::wait(store::InboxFilter filter, bool hold,
                                      std::chrono::milliseconds limit, std::stop_token cancelled) {
  std::atomic<bool> over = false;
  const auto end = [this, &over, agent_id = filter.agent_id] {
    over = true;
    announce(agent_id);
  };
  const std::stop_callback stop(cancelled, end);
  Executor* const executor = Executor::current();
  const Executor::TimerId timer = executor->start_timer(limit, end);

  const std::uint64_t ticket = enter(filter.agent_id);
  Result<Page> page;
  bool look = true;
  while (true) {
    const bool last = over;  // time is up: one more look
    // Listening begins before the look, so that nothing can slip in between.
    const Completion<bool> wake = listen(filter.agent_id, ticket);
    if (look || last) {
      page = co_await fetch(filter, hold);
    } else {
      Task<void> polling = poll(filter.org_id, filter.agent_id, ticket);
      co_await std::move(polling);
    }
    if (!page || !page->items.empty() || last || cancelled.stop_requested()) break;
    look = true;
    if (over) continue;
    const Deadline<bool> next_poll(wake, poll_interval, false);
    look = co_await wake;
  }
  leave(filter.agent_id, ticket);
  executor->cancel_timer(timer);
  co_return page;
}

Task<Result<void>> Inbox::acknowledge(std::string org_id, std::string agent_id,
                                      std::vector<std::string> ids) {
  if (ids.empty()) co_return Result<void>();
  store::UnitOfWork unit;
  store::InboxRepository::add_acknowledge(unit, org_id, agent_id, ids, clock_.now());
  crash_point("inbox.before_acknowledge");
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  crash_point("inbox.after_acknowledge");
  if (!outcome) {
    release(agent_id, ids);
    co_return fail(outcome.error());
  }
  {
    const std::lock_guard lock(mutex_);
    const UnixMillis until = clock_.now() + hold_after_acknowledgement;
    for (const std::string& id : ids) held_[id] = until;
  }
  if (listener_) listener_->items_acknowledged(org_id, agent_id);
  co_return Result<void>();
}

void Inbox::received(const store::InboxItem& item) {
  announce(item.agent_id);
  if (listener_) listener_->item_received(item);
}

void Inbox::announce(const std::string& agent_id) {
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watches_.find(agent_id);
    if (found == watches_.end()) return;
    waiters = found->second.waiters;
  }
  for (const Waiter& waiter : waiters) waiter.wake.complete(true);
}

std::uint64_t Inbox::enter(const std::string& agent_id) {
  const std::lock_guard lock(mutex_);
  watches_[agent_id].waiters.push_back({++last_ticket_, {}});
  return last_ticket_;
}

Completion<bool> Inbox::listen(const std::string& agent_id, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const Completion<bool> wake;
  for (Waiter& waiter : watches_[agent_id].waiters) {
    if (waiter.ticket == ticket) waiter.wake = wake;
  }
  return wake;
}

Task<void> Inbox::poll(std::string org_id, std::string agent_id, std::uint64_t ticket) {
  {
    const std::lock_guard lock(mutex_);
    if (watches_[agent_id].waiters.front().ticket != ticket) co_return;
  }
  const Result<std::int64_t> newest = co_await items_.newest(org_id, agent_id);
  if (!newest) co_return;  // the next poll asks again, and the last look says what is wrong
  {
    const std::lock_guard lock(mutex_);
    std::optional<std::int64_t>& known = watches_[agent_id].newest;
    // Nothing is known at first: what came between the look and this poll would not be heard of.
    if (known == *newest) co_return;
    known = *newest;
  }
  announce(agent_id);
}

void Inbox::leave(const std::string& agent_id, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(agent_id);
  if (found == watches_.end()) return;
  std::vector<Waiter>& waiters = found->second.waiters;
  std::erase_if(waiters, [ticket](const Waiter& one) { return one.ticket == ticket; });
  if (waiters.empty()) watches_.erase(found);
}

}  // namespace commsd::messaging
