#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/holidays.h"
#include "policy/time_zone.h"

namespace commsd::policy {

/// When people may be contacted, by the clock on their wall: the hours of each weekday, from
/// (included) to (excluded). A day without hours is closed. [const functions: any thread]
class AllowedHours {
 public:
  /// `days` is "mon", "mon-fri" or "daily"; `hours` is "9:00-12:00 14:00-20:00" or "closed".
  /// invalid_argument says what may stand there.
  Result<void> set(std::string_view days, std::string_view hours);
  /// Holidays are then as Sundays of no hours; without this they are days as any other.
  void close_on(Holidays holidays) { holidays_ = std::move(holidays); }

  bool is_open(const TimeZone& zone, UnixMillis at) const;
  /// The first moment from `at` on (itself included) that is open; nullopt when there is none in
  /// the next 15 days, which no rule of a week and its holidays can mean.
  std::optional<UnixMillis> next_open(const TimeZone& zone, UnixMillis at) const;

 private:
  struct Span {
    int from = 0;  // minutes of the day
    int to = 0;
  };
  const std::vector<Span>* spans_of(std::int64_t day) const;

  std::array<std::vector<Span>, 7> week_;
  Holidays holidays_;
};

/// A demand of one rule in one zone.
struct HoursInZone {
  const AllowedHours* hours = nullptr;
  TimeZone zone;
};

/// The first moment from `at` on at which all are open; nullopt when they never are at once.
std::optional<UnixMillis> next_open_everywhere(const std::vector<HoursInZone>& demands,
                                               UnixMillis at);

}  // namespace commsd::policy
