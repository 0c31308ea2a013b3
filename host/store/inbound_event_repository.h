#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Webhook events that were taken, so that a repeat has no second effect (contract C7).
/// [any executor]
class InboundEventRepository {
 public:
  explicit InboundEventRepository(Store& store) : store_(store) {}

  /// System-level: an event is one vendor's, whoever it is for.
  Task<Result<bool>> seen(std::string_view provider, std::string_view event_id,
                          std::string_view kind) const;

  /// Guarded: (provider, event_id, kind) is new. Add it first: then UnitOutcome::failed_step 0
  /// means "a duplicate", to be answered with 2xx.
  static void add_event(UnitOfWork& unit, const InboundEvent& event);
  /// System-level: deletes at most `limit` events received before `before`.
  static void add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit);

 private:
  Store& store_;
};

}  // namespace commsd::store
