#include "base/iso_time.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace commsd {

std::string iso_time(UnixMillis at) {
  const std::time_t seconds = at / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(at % 1000));
  return text;
}

std::optional<UnixMillis> parse_iso_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  const auto fits = [&text](std::string_view form) {
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
      const char c = text[i];
      if (form[i] == 'd'   ? c < '0' || c > '9'
          : form[i] == 's' ? c != '+' && c != '-'
                           : c != form[i])
        return false;
    }
    return true;
  };
  const auto number = [&text](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  if (!fits(shape)) return std::nullopt;
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::int64_t millis =
      std::chrono::sys_days(day).time_since_epoch().count() * std::int64_t{86'400'000} +
      ((hour * 60 + minute) * 60 + second) * std::int64_t{1000};

  text.remove_prefix(shape.size());
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    int unit = 100;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      millis += (text.front() - '0') * unit;
      unit /= 10;
      any = true;
      text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
  }
  if (text == "Z") return millis;
  if (text.size() != 6 || !fits("sdd:dd")) return std::nullopt;
  const int hours = number(1, 2);
  const int minutes = number(4, 2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t offset = (hours * 60 + minutes) * std::int64_t{60'000};
  return text.front() == '+' ? millis - offset : millis + offset;
}

}  // namespace commsd
