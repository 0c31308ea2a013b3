#pragma once

#include <optional>
#include <string_view>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Idempotency keys, scoped by (organization, agent, tool). [any executor]
class IdempotencyRepository {
 public:
  explicit IdempotencyRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<IdempotencyRecord>>> find(std::string_view org_id,
                                                      std::string_view agent_id,
                                                      std::string_view tool,
                                                      std::string_view key) const;

  /// Guarded: the key is new. Add it first: then UnitOutcome::failed_step 0 means "a twin won".
  static void add_claim(UnitOfWork& unit, const IdempotencyRecord& record);
  /// Guarded: there is no claim on the key made at `since` or later. An older one is taken over.
  static void add_claim_window(UnitOfWork& unit, const IdempotencyRecord& record, UnixMillis since);
  /// Takes this message's claim back, so that an identical request is a new one; nothing happens
  /// when the claim is another message's.
  static void add_release(UnitOfWork& unit, const IdempotencyRecord& record);
  /// System-level: deletes at most `limit` keys older than `before`; the caller repeats.
  static void add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit);

 private:
  Store& store_;
};

}  // namespace commsd::store
