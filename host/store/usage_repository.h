#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/limit_records.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Counters of use by window. [any executor]
class UsageRepository {
 public:
  explicit UsageRepository(Store& store) : store_(store) {}

  /// The counter of one window; nothing when nothing was used in it.
  Task<Result<std::optional<Usage>>> find(std::string_view org_id, std::string_view agent_id,
                                          std::string_view action, std::string_view window,
                                          UnixMillis window_start) const;
  /// Every counter of one kind of window that began at `since` or later; agent_id "" = all.
  Task<Result<std::vector<Usage>>> since(std::string_view org_id, std::string_view agent_id,
                                         std::string_view window, UnixMillis since) const;

  /// Adds `usage.count` and `usage.spend_micros` (which may be negative: an estimate corrected).
  static void add(UnitOfWork& unit, const Usage& usage);
  /// The same as a reservation. Guarded: afterwards the counter is at most `max_count` and the
  /// spend at most `max_spend_micros`; an empty limit does not limit. The guard and the counting
  /// are one step, so no two sends can share the last place.
  static void add_reserve(UnitOfWork& unit, const Usage& usage,
                          std::optional<std::int64_t> max_count,
                          std::optional<std::int64_t> max_spend_micros);
  /// Counts one action of `usage.action` against the sum of the agent's actions in the window.
  /// Guarded: with it they are at most `max_count`, and cost at most `max_spend_micros`.
  static void add_reserve_action(UnitOfWork& unit, const Usage& usage,
                                 std::optional<std::int64_t> max_count,
                                 std::optional<std::int64_t> max_spend_micros);
  /// Makes the organization's own counter of a window the sum of its agents'.
  static void add_sum_up(UnitOfWork& unit, std::string_view org_id, std::string_view window,
                         UnixMillis window_start);
  /// Per agent and action over the windows that began at `since` or later; agent_id "" = all of
  /// the organization. At most `limit` rows.
  Task<Result<std::vector<UsageTotal>>> totals(std::string_view org_id, std::string_view agent_id,
                                               std::string_view window, UnixMillis since,
                                               std::int64_t limit) const;
  /// System-level: the same for every organization.
  Task<Result<std::vector<UsageTotal>>> totals_everywhere(std::string_view window, UnixMillis since,
                                                          std::int64_t limit) const;

 private:
  Store& store_;
};

}  // namespace commsd::store
