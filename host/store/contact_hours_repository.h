#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// How often an organization reached a contact, by the hour; kept only where a rule counts. Hours
/// are counted since 1970. Whoever counts up to a limit locks the contact alone
/// (SuppressionRepository), so that two cannot both be the last. [any executor]
class ContactHoursRepository {
 public:
  explicit ContactHoursRepository(Store& store) : store_(store) {}

  struct Hour {
    std::int64_t hour = 0;
    std::int64_t count = 0;
  };
  /// Rising, from behind `since` to the end of the day of `until`.
  Task<Result<std::vector<Hour>>> since(std::string_view org_id, std::string_view contact_hash,
                                        std::int64_t since, std::int64_t until) const;

  /// Changes nothing. Guarded: fewer than `most` behind `since`, to the end of the day of `until`.
  static void add_require_below(UnitOfWork& unit, std::string_view org_id,
                                std::string_view contact_hash, std::int64_t since,
                                std::int64_t until, std::int64_t most);
  static void add_count(UnitOfWork& unit, std::string_view org_id, std::string_view contact_hash,
                        std::int64_t hour);

 private:
  Store& store_;
};

inline std::int64_t hour_of(UnixMillis at) {
  return at / 3'600'000;
}

}  // namespace commsd::store
