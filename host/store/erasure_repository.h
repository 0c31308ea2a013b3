#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// A request to erase a contact.
struct Erasure {
  std::string id;
  std::string org_id;
  std::string contact_hash;
  std::string sealed_contact;  // "" once it is done
  std::string status;          // pending | done
  std::string worker;
  UnixMillis lease_until = 0;
  std::string counts_json;  // rows that went, by rule
  UnixMillis requested_at = 0;
  std::optional<UnixMillis> completed_at;
};

/// The requests themselves; what they delete is told by rules. [any executor]
class ErasureRepository {
 public:
  explicit ErasureRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Erasure>>> find(std::string_view org_id, std::string_view id) const;
  Task<Result<std::optional<Erasure>>> find_pending(std::string_view org_id,
                                                    std::string_view contact_hash) const;
  /// System-level: pending ones that no worker is at.
  Task<Result<std::vector<Erasure>>> due(UnixMillis now, std::int64_t limit) const;

  /// System-level: all that are not done.
  Task<Result<std::vector<Erasure>>> pending() const;

  /// Messages to the contact that are scheduled or wait for a retry.
  Task<Result<std::vector<std::string>>> waiting_messages(std::string_view org_id,
                                                          std::string_view address,
                                                          std::int64_t limit) const;
  /// Messages and calls of the contact that are still there.
  Task<Result<std::int64_t>> under_way(std::string_view org_id, std::string_view address) const;
  Task<Result<bool>> is_own_address(std::string_view org_id, std::string_view address) const;
  Task<Result<std::int64_t>> suppressions(std::string_view org_id,
                                          std::string_view contact_hash) const;

  static void add(UnitOfWork& unit, const Erasure& erasure);
  /// Guarded: it is pending and no other worker is at it.
  static void add_claim(UnitOfWork& unit, const Erasure& erasure, UnixMillis now);
  /// Guarded: its contact is still sealed as `sealed_before`.
  static void add_reseal(UnitOfWork& unit, const Erasure& erasure, std::string_view sealed_before);
  static void add_progress(UnitOfWork& unit, const Erasure& erasure);
  /// Guarded: it was pending.
  static void add_finish(UnitOfWork& unit, const Erasure& erasure);

 private:
  Store& store_;
};

}  // namespace commsd::store
