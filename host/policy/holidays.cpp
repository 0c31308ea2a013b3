#include "policy/holidays.h"

#include <array>
#include <charconv>
#include <date/date.h>
#include <optional>
#include <string>

#include "base/text.h"

namespace commsd::policy {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};

date::sys_days days(std::int64_t day) {
  return date::sys_days{date::days(day)};
}

/// Easter Sunday, by the anonymous Gregorian rule (Meeus, Astronomical Algorithms, chapter 8).
date::sys_days easter(int year) {
  const int a = year % 19;
  const int b = year / 100;
  const int c = year % 100;
  const int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
  const int f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
  return date::year{year} / (f / 31) / (f % 31 + 1);
}

/// The same by the Julian rule, as a Gregorian date; 13 days lie between them until 2100.
date::sys_days orthodox_easter(int year) {
  const int d = (19 * (year % 19) + 15) % 30;
  const int e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
  const int f = d + e + 114;
  return date::sys_days{date::year{year} / (f / 31) / (f % 31 + 1)} + date::days(13);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "12-25": month and day of any year.
std::optional<std::pair<unsigned, unsigned>> month_day(std::string_view text) {
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto month = number(text.substr(0, 2));
  const auto day = number(text.substr(3));
  if (!month || !day || *month < 1 || *day < 1) return std::nullopt;
  const auto read = std::pair{static_cast<unsigned>(*month), static_cast<unsigned>(*day)};
  const date::year_month_day leap = date::year{2024} / date::month{read.first} / read.second;
  if (!leap.ok()) return std::nullopt;
  return read;
}

}  // namespace

unsigned weekday_of(std::int64_t day) {
  return date::weekday{days(day)}.iso_encoding() - 1;
}

unsigned weekday_named(std::string_view name) {
  unsigned at = 0;
  while (at < weekdays.size() && weekdays.at(at) != name) ++at;
  return at;
}

Result<void> Holidays::add(std::string_view text) {
  Entry entry;
  const std::vector<std::string_view> words = split(text, ' ');
  const std::size_t sign = text.find_first_of("+-");
  const std::string_view start = text.substr(0, text.rfind("easter") == 0 ? 6 : 15);
  if (start == "easter" || start == "orthodox-easter") {
    entry.kind = start == "easter" ? Kind::easter : Kind::orthodox_easter;
    const std::string_view rest = text.substr(start.size());
    const auto offset =
        rest.empty() ? std::optional(0) : number(rest.starts_with('+') ? rest.substr(1) : rest);
    if (offset && (rest.empty() || rest[0] == '+' || rest[0] == '-')) {
      entry.offset = *offset;
      entries_.push_back(entry);
      return {};
    }
  } else if (words.size() == 3) {
    const auto month = number(words[0]);
    const auto which = words[2] == "last" ? std::optional(0) : number(words[2]);
    entry.kind = Kind::weekday;
    entry.weekday = weekday_named(words[1]);
    if (month && *month >= 1 && *month <= 12 && which && *which >= 0 && *which <= 5 &&
        entry.weekday < 7) {
      entry.month = static_cast<unsigned>(*month);
      entry.day = static_cast<unsigned>(*which);
      entries_.push_back(entry);
      return {};
    }
  } else if (text.size() == 10 && sign == 4) {
    const auto year = number(text.substr(0, 4));
    if (const auto read = month_day(text.substr(5)); read && year) {
      const date::year_month_day day = date::year{*year} / date::month{read->first} / read->second;
      if (day.ok()) {
        entry.kind = Kind::once;
        entry.offset = date::sys_days{day}.time_since_epoch().count();
        entries_.push_back(entry);
        return {};
      }
    }
  } else if (const auto read = month_day(words[0]);
             read && (words.size() == 1 || words[1] == "observed")) {
    entry.kind = words.size() == 1 ? Kind::yearly : Kind::observed;
    std::tie(entry.month, entry.day) = *read;
    entries_.push_back(entry);
    return {};
  }
  return fail(ErrorCode::invalid_argument,
              "12-25, 12-25 observed, easter+1, orthodox-easter-2, 11 thu 4, 05 mon last, or "
              "2026-06-17");
}

bool Holidays::falls_on(const Entry& entry, std::int64_t day) {
  const date::year_month_day civil{days(day)};
  const int year = static_cast<int>(civil.year());
  const auto month = static_cast<unsigned>(civil.month());
  switch (entry.kind) {
    case Kind::yearly:
      return month == entry.month && static_cast<unsigned>(civil.day()) == entry.day;
    case Kind::observed: {
      const date::year_month_day fixed = date::year{year} / date::month{entry.month} / entry.day;
      if (!fixed.ok()) return false;
      std::int64_t at = date::sys_days{fixed}.time_since_epoch().count();
      if (at == day) return true;
      const unsigned weekday = weekday_of(at);
      if (weekday >= 5) at += 7 - weekday;
      return at == day;
    }
    case Kind::easter:
      return easter(year).time_since_epoch().count() + entry.offset == day;
    case Kind::orthodox_easter:
      return orthodox_easter(year).time_since_epoch().count() + entry.offset == day;
    case Kind::weekday: {
      if (month != entry.month || weekday_of(day) != entry.weekday) return false;
      const auto of_month = static_cast<unsigned>(civil.day());
      if (entry.day != 0) return (of_month - 1) / 7 + 1 == entry.day;
      const date::year_month_day week_later{days(day + 7)};
      return week_later.month() != civil.month();
    }
    case Kind::once:
      return entry.offset == day;
  }
  return false;
}

bool Holidays::contains(std::int64_t day) const {
  for (const Entry& entry : entries_) {
    if (falls_on(entry, day)) return true;
  }
  return false;
}

}  // namespace commsd::policy
