#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::policy {

/// The public holidays of a country, as rule files write them:
///   12-25             the same day each year
///   01-26 observed    the same, and the Monday after when it falls on a weekend
///   easter+1          counted from Easter Sunday; orthodox-easter for the Julian reckoning
///   11 thu 4          the fourth Thursday of November; "05 mon last"
///   2026-06-17        one year only (holidays by the moon)
class Holidays {
 public:
  /// invalid_argument says what an entry may look like.
  Result<void> add(std::string_view entry);

  /// `day` counts from 1970-01-01.
  bool contains(std::int64_t day) const;
  bool empty() const { return entries_.empty(); }

 private:
  enum class Kind { yearly, observed, easter, orthodox_easter, weekday, once };
  struct Entry {
    Kind kind = Kind::yearly;
    unsigned month = 0;
    unsigned day = 0;         // or which one of the month; 0 = the last
    unsigned weekday = 0;     // 0 = Monday
    std::int64_t offset = 0;  // from Easter, or the day itself
  };
  static bool falls_on(const Entry& entry, std::int64_t day);

  std::vector<Entry> entries_;
};

/// 0 = Monday; `day` counts from 1970-01-01.
unsigned weekday_of(std::int64_t day);
/// "mon" to "sun" as 0 to 6; 7 = something else.
unsigned weekday_named(std::string_view name);

}  // namespace commsd::policy
