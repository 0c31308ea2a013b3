#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/completion.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/change_listener.h"
#include "store/inbox_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// What arrived for an agent, in order, kept until it was fetched and 7 days beyond. The cursor is
/// the sequence of the last item seen. [any executor]
class Inbox {
 public:
  Inbox(store::Store& store, const Clock& clock) : store_(store), items_(store), clock_(clock) {}

  struct Page {
    std::vector<store::InboxItem> items;
    std::int64_t cursor = 0;  // of the last item; the one asked from when there is none
  };

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }

  /// Reads; acknowledges nothing. Items that were acknowledged before are left out unless the
  /// filter includes them. With `hold`, the fresh items of the page are kept from other fetches
  /// until release() or acknowledge(), for a minute at most: the agent may ask again before the
  /// acknowledgement is stored, and would get them twice.
  Task<Result<Page>> fetch(store::InboxFilter filter, bool hold);

  /// The same, but waits up to `limit` for the first item. What another process stores is heard of
  /// within `poll_interval`. Ends early, with an empty page, when `cancelled` is asked to stop.
  Task<Result<Page>> wait(store::InboxFilter filter, bool hold, std::chrono::milliseconds limit,
                          std::stop_token cancelled);

  /// The page did not reach the agent: its items may be fetched again.
  void release(const std::string& agent_id, const std::vector<std::string>& ids);
  /// To be called once a page has been handed to the agent whole.
  Task<Result<void>> acknowledge(std::string org_id, std::string agent_id,
                                 std::vector<std::string> ids);

  /// An item was committed: wakes those who wait for its agent, and tells the listener.
  void received(const store::InboxItem& item);
  /// Wakes those who wait for this agent.
  void announce(const std::string& agent_id);

  /// How often the store is asked for what another process may have stored: once for all who wait
  /// for one agent, and not at all while nobody does.
  static constexpr std::chrono::milliseconds poll_interval{2'000};

 private:
  struct Waiter {
    std::uint64_t ticket = 0;
    Completion<bool> wake;  // true: something may be there; false: it is time to poll
  };
  struct Watch {
    std::vector<Waiter> waiters;         // the first of them polls
    std::optional<std::int64_t> newest;  // sequence that the last poll saw
  };
  std::uint64_t enter(const std::string& agent_id);
  Completion<bool> listen(const std::string& agent_id, std::uint64_t ticket);
  Task<void> poll(std::string org_id, std::string agent_id, std::uint64_t ticket);
  void leave(const std::string& agent_id, std::uint64_t ticket);
  void take(std::vector<store::InboxItem>& items, bool include_held, bool hold);

  store::Store& store_;
  store::InboxRepository items_;
  const Clock& clock_;
  ChangeListener* listener_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, Watch> watches_;    // by agent
  std::map<std::string, UnixMillis> held_;  // items on their way to an agent, and until when
  std::uint64_t last_ticket_ = 0;
};

}  // namespace commsd::messaging
