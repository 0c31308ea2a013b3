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

  Result<Page> page;
  while (true) {
    // Time is up: one more look, because what another process received wakes nobody here.
    const bool last = over;
    // Listening begins before the look, so that nothing can slip in between.
    const Listener listener = listen(filter.agent_id);
    page = co_await fetch(filter, hold);
    if (page && page->items.empty() && !over) co_await listener.wake;
    stop_listening(filter.agent_id, listener.ticket);
    if (!page || !page->items.empty() || last || cancelled.stop_requested()) break;
  }
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
  std::vector<Listener> listeners;
  {
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(agent_id);
    if (found == listeners_.end()) return;
    listeners = found->second;
  }
  for (const Listener& listener : listeners) listener.wake.complete(true);
}

Inbox::Listener Inbox::listen(const std::string& agent_id) {
  const std::lock_guard lock(mutex_);
  Listener listener;
  listener.ticket = ++last_ticket_;
  listeners_[agent_id].push_back(listener);
  return listener;
}

void Inbox::stop_listening(const std::string& agent_id, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(agent_id);
  if (found == listeners_.end()) return;
  std::erase_if(found->second, [ticket](const Listener& one) { return one.ticket == ticket; });
  if (found->second.empty()) listeners_.erase(found);
}

}  // namespace commsd::messaging
