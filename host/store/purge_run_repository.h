#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// The daily deletion by age of one day.
struct PurgeRun {
  std::string day;  // YYYY-MM-DD, UTC
  std::string worker;
  UnixMillis lease_until = 0;
  UnixMillis started_at = 0;
  std::optional<UnixMillis> ended_at;
  std::string counts_json;
};

/// An organization of which nothing may be deleted.
struct LegalHold {
  std::string org_id;
  std::string reason;
  UnixMillis placed_at = 0;
};

/// [any executor]
class PurgeRunRepository {
 public:
  explicit PurgeRunRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<PurgeRun>>> find(std::string_view day) const;
  /// Guarded: the day has not been done, and no other worker is at it.
  static void add_claim(UnitOfWork& unit, std::string_view day, std::string_view worker,
                        UnixMillis now, UnixMillis lease_until);
  static void add_renew(UnitOfWork& unit, std::string_view day, std::string_view worker,
                        UnixMillis lease_until);
  static void add_finish(UnitOfWork& unit, std::string_view day, std::string_view counts_json,
                         UnixMillis now);

  Task<Result<std::vector<LegalHold>>> holds() const;
  Task<Result<std::optional<LegalHold>>> find_hold(std::string_view org_id) const;
  static void add_hold(UnitOfWork& unit, const LegalHold& hold);
  /// The unit's rows say whether there was one.
  static void add_lift_hold(UnitOfWork& unit, std::string_view org_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
