#include "policy/allowed_hours.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace commsd::policy {
namespace {

constexpr std::int64_t horizon_days = 15;
constexpr UnixMillis day_millis = 86'400'000;
constexpr int day_minutes = 1440;

/// "9:00" or "24:00" as minutes of the day.
std::optional<int> clock_time(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() - colon != 3) return std::nullopt;
  int hour = 0;
  int minute = 0;
  const char* begin = text.data();
  const auto [hour_end, hour_error] = std::from_chars(begin, begin + colon, hour);
  const auto [end, error] = std::from_chars(begin + colon + 1, begin + text.size(), minute);
  if (hour_error != std::errc() || hour_end != begin + colon || error != std::errc() ||
      end != begin + text.size() || minute > 59 || hour < 0 || minute < 0) {
    return std::nullopt;
  }
  const int total = hour * 60 + minute;
  return total <= day_minutes ? std::optional(total) : std::nullopt;
}

}  // namespace

Result<void> AllowedHours::set(std::string_view days, std::string_view hours) {
  const std::size_t dash = days.find('-');
  unsigned first = days == "daily" ? 0 : weekday_named(days.substr(0, dash));
  const unsigned last = days == "daily"                  ? 6
                        : dash == std::string_view::npos ? first
                                                         : weekday_named(days.substr(dash + 1));
  if (first > 6 || last > 6 || last < first) {
    return fail(ErrorCode::invalid_argument, "mon to sun, mon-fri, or daily");
  }
  std::vector<Span> spans;
  if (hours != "closed") {
    for (const std::string_view part : split(hours, ' ')) {
      const std::size_t middle = part.find('-');
      const auto from = clock_time(part.substr(0, middle));
      const auto to =
          middle == std::string_view::npos ? std::nullopt : clock_time(part.substr(middle + 1));
      if (!from || !to || *from >= *to || (!spans.empty() && *from < spans.back().to)) {
        return fail(ErrorCode::invalid_argument,
                    "9:00-20:00, or several in order: 9:00-12:00 14:00-20:00, or closed");
      }
      spans.push_back({*from, *to});
    }
  }
  for (; first <= last; ++first) week_.at(first) = spans;
  return {};
}

const std::vector<AllowedHours::Span>* AllowedHours::spans_of(std::int64_t day) const {
  if (holidays_.contains(day)) return nullptr;
  return &week_.at(weekday_of(day));
}

bool AllowedHours::is_open(const TimeZone& zone, UnixMillis at) const {
  const LocalTime local = zone.at(at);
  const std::vector<Span>* spans = spans_of(local.day);
  return spans && std::any_of(spans->begin(), spans->end(), [&local](const Span& span) {
           return local.minute >= span.from && local.minute < span.to;
         });
}

// It can become open where hours begin, and where the clock jumps: an hour that is repeated may be
// entered a second time, one that is skipped may have held the beginning.
std::optional<UnixMillis> AllowedHours::next_open(const TimeZone& zone, UnixMillis at) const {
  if (is_open(zone, at)) return at;
  const std::int64_t today = zone.at(at).day;
  const UnixMillis latest = at + horizon_days * day_millis;
  UnixMillis change = zone.next_change(at);
  while (change < latest && !is_open(zone, change)) change = zone.next_change(change);
  for (std::int64_t day = today - 1; day <= today + horizon_days; ++day) {
    std::optional<UnixMillis> first;
    const std::vector<Span>* spans = spans_of(day);
    if (!spans) continue;
    for (const Span& span : *spans) {
      for (const UnixMillis moment : zone.moments({day, span.from})) {
        if (moment > at && is_open(zone, moment) && (!first || moment < *first)) first = moment;
      }
    }
    if (first) return std::min(*first, change);
  }
  if (change < latest) return change;
  return std::nullopt;
}

std::optional<UnixMillis> next_open_everywhere(const std::vector<HoursInZone>& demands,
                                               UnixMillis at) {
  const UnixMillis latest = at + horizon_days * day_millis;
  UnixMillis moment = at;
  bool moved = true;
  while (moved && moment <= latest) {
    moved = false;
    for (const HoursInZone& demand : demands) {
      const auto open = demand.hours->next_open(demand.zone, moment);
      if (!open) return std::nullopt;
      moved |= *open != moment;
      moment = *open;
    }
  }
  if (moment > latest) return std::nullopt;
  return moment;
}

}  // namespace commsd::policy
