#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace date {
class time_zone;
}

namespace commsd::policy {

/// What a clock on the wall shows.
struct LocalTime {
  std::int64_t day = 0;  // since 1970-01-01
  int minute = 0;        // of the day, 0 to 1439
};

/// One zone of the system's tzdata. A handle to be copied; the database behind it lives as long as
/// the process. [any thread]
class TimeZone {
 public:
  /// nullopt for a name that tzdata does not have.
  static std::optional<TimeZone> find(std::string_view name);

  LocalTime at(UnixMillis moment) const;
  /// The moments at which the clock shows this: the same twice on most days, two different ones
  /// when an hour is repeated, and twice the moment of the jump when the time is skipped.
  std::array<UnixMillis, 2> moments(LocalTime shown) const;
  /// The first moment after this one at which the clock is set forward or back.
  UnixMillis next_change(UnixMillis moment) const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
};

}  // namespace commsd::policy
