#pragma once

#include <chrono>

#include "base/clock.h"

// The windows in which days and months are counted: those of UTC. [any thread]

namespace commsd::policy {

inline constexpr UnixMillis one_day = 86'400'000;

inline UnixMillis day_start(UnixMillis at) {
  const UnixMillis into = at % one_day;
  return at - (into < 0 ? into + one_day : into);
}

inline UnixMillis month_start(UnixMillis at, int months_later = 0) {
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_time<milliseconds>(milliseconds(at)));
  const year_month_day date(day);
  const year_month month = date.year() / date.month() + months(months_later);
  return duration_cast<milliseconds>(sys_days(month / 1).time_since_epoch()).count();
}

}  // namespace commsd::policy
