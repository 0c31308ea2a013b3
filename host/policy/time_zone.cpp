#include "policy/time_zone.h"

#include <chrono>
#include <date/tz.h>
#include <exception>
#include <string>

namespace commsd::policy {
namespace {

using SysMillis = date::sys_time<std::chrono::milliseconds>;

SysMillis sys(UnixMillis moment) {
  return SysMillis{std::chrono::milliseconds(moment)};
}

UnixMillis millis(date::sys_seconds moment) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
}

/// The library reads its data at the first use. Our own static for that: ThreadSanitizer does not
/// see the library's, which is not built for it, and takes every later use for a race with it.
void load_zones() {
  static const date::tzdb& zones = date::get_tzdb();
  static_cast<void>(zones);
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) try {
  load_zones();
  return TimeZone(date::locate_zone(std::string(name)));
} catch (const std::exception&) {
  return std::nullopt;  // the library's way to say that there is none
}

LocalTime TimeZone::at(UnixMillis moment) const {
  const auto local = date::floor<std::chrono::minutes>(
      zone_->to_local(date::floor<std::chrono::seconds>(sys(moment))));
  const auto day = date::floor<date::days>(local);
  return {day.time_since_epoch().count(), static_cast<int>((local - day).count())};
}

std::array<UnixMillis, 2> TimeZone::moments(LocalTime shown) const {
  const date::local_seconds local{date::days(shown.day) + std::chrono::minutes(shown.minute)};
  const date::local_info info = zone_->get_info(local);
  if (info.result == date::local_info::nonexistent) {
    return {millis(info.second.begin), millis(info.second.begin)};
  }
  const auto read = [&](const date::sys_info& as) {
    return millis(date::sys_seconds{local.time_since_epoch() - as.offset});
  };
  const UnixMillis first = read(info.first);
  return {first, info.result == date::local_info::ambiguous ? read(info.second) : first};
}

UnixMillis TimeZone::next_change(UnixMillis moment) const {
  return millis(zone_->get_info(date::floor<std::chrono::seconds>(sys(moment))).end);
}

}  // namespace commsd::policy
