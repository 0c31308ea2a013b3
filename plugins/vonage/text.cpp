#include "text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <comms/cpp/http_error.hpp>

namespace vonage {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string digits(std::string_view e164) {
  return std::string(e164.substr(!e164.empty() && e164[0] == '+' ? 1 : 0));
}

std::string e164(std::string_view number) {
  // Shorter ones are short codes, which have no country.
  return all_digits(number) && number.size() > 6 ? '+' + std::string(number) : std::string(number);
}

std::int64_t time_ms(std::string_view iso8601) {
  const std::string copy(iso8601.substr(0, 19));
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int year = 0;
  // The widths leave no number that does not fit.
  // NOLINTNEXTLINE(cert-err34-c)
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2u%*1[T ]%2u:%2u:%2u", &year, &month, &day, &hour,
                  &minute, &second) != 6) {
    return 0;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return 0;
  }
  const std::int64_t days = comms::days_from_civil(year, month, day);
  return ((days * 24 + hour) * 60 + minute) * 60'000 + std::int64_t{second} * 1000;
}

std::string iso8601(std::int64_t unix_ms) {
  const std::int64_t total = unix_ms / 1000;
  const std::int64_t days = total / 86'400, of_day = total % 86'400;
  // H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
  const std::int64_t z = days + 719'468, era = z / 146'097, doe = z - era * 146'097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  const std::int64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
  const std::int64_t year = yoe + era * 400 + (month <= 2);
  char text[80];
  std::snprintf(text, sizeof text, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lldZ",
                static_cast<long long>(year), static_cast<long long>(month),
                static_cast<long long>(day), static_cast<long long>(of_day / 3600),
                static_cast<long long>(of_day / 60 % 60), static_cast<long long>(of_day % 60));
  return text;
}

std::uint32_t seconds(std::uint32_t ms, std::uint32_t least, std::uint32_t most) {
  return std::clamp(ms / 1000 + (ms % 1000 != 0), least, most);
}

std::string milliseconds(std::string_view seconds_text) {
  std::uint32_t value = 0;
  const char* end = seconds_text.data() + seconds_text.size();
  const auto parsed = std::from_chars(seconds_text.data(), end, value);
  if (seconds_text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return {};
  return std::to_string(std::uint64_t{value} * 1000);
}

}  // namespace vonage
