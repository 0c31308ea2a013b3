#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <comms/cpp/http_error.hpp>

namespace comms {

/// Unix time of an ISO 8601 time as vendors write it: "2024-01-15T10:30:00.123Z", with a blank for
/// the T, with "+02:00", "+0200" or "+02" for the Z, or with no zone at all, which means UTC. 0 =
/// it is not one. What stands behind the millisecond is dropped.
inline std::int64_t timestamp_ms(std::string_view text) {
  const auto digits = [&text](std::size_t count, unsigned& value) {
    if (text.size() < count) return false;
    for (const char c : text.substr(0, count)) {
      if (c < '0' || c > '9') return false;
    }
    std::from_chars(text.data(), text.data() + count, value);
    text.remove_prefix(count);
    return true;
  };
  const auto one_of = [&text](std::string_view signs) {
    if (text.empty() || signs.find(text[0]) == std::string_view::npos) return '\0';
    const char found = text[0];
    text.remove_prefix(1);
    return found;
  };
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(4, year) || !one_of("-") || !digits(2, month) || !one_of("-") || !digits(2, day) ||
      !one_of("Tt ") || !digits(2, hour) || !one_of(":") || !digits(2, minute) || !one_of(":") ||
      !digits(2, second) || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
      minute > 59 || second > 60) {
    return 0;
  }
  std::int64_t fraction = 0;
  if (one_of(".,")) {
    std::int64_t unit = 100;
    for (unsigned digit = 0; digits(1, digit); unit /= 10) fraction += digit * unit;
  }
  std::int64_t east_minutes = 0;
  if (const char sign = one_of("Zz+-"); sign == '+' || sign == '-') {
    unsigned hours = 0, minutes = 0;
    if (!digits(2, hours)) return 0;
    if (!text.empty() && (one_of(":"), !digits(2, minutes))) return 0;
    if (hours > 23 || minutes > 59) return 0;
    east_minutes = (std::int64_t{hours} * 60 + minutes) * (sign == '-' ? -1 : 1);
  }
  if (!text.empty()) return 0;
  const std::int64_t days = days_from_civil(year, month, day);
  const std::int64_t minutes = (days * 24 + hour) * 60 + minute - east_minutes;
  return (minutes * 60 + second) * 1000 + fraction;
}

/// Unix time of "Thu, 15 Jun 2023 09:56:45 +0000" (RFC 2822, UTC only); 0 = it is not one.
inline std::int64_t mail_date_ms(std::string_view text) {
  constexpr std::string_view utc = "+0000";
  if (text.size() < utc.size() || text.substr(text.size() - utc.size()) != utc) return 0;
  const std::string date(text.substr(0, text.size() - utc.size()));
  const std::int64_t ms = http_date_ms(date + "GMT");
  return ms < 0 ? 0 : ms;
}

}  // namespace comms
