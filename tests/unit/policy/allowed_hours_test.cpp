#include "policy/allowed_hours.h"

#include <cstdlib>
#include <ctime>
#include <date/tz.h>
#include <set>

#include <gtest/gtest.h>

// The C library's own reading of tzdata is the other computation: no code is shared with ours.

namespace commsd::policy {
namespace {

constexpr UnixMillis minute = 60'000;
constexpr UnixMillis hour = 60 * minute;
constexpr UnixMillis from_2020 = 1'577'836'800'000;
constexpr UnixMillis to_2030 = 1'893'456'000'000;

class Libc {
 public:
  explicit Libc(const std::string& zone) {
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
  }
  ~Libc() {
    ::unsetenv("TZ");
    ::tzset();
  }
  static std::tm at(UnixMillis moment) {
    const std::time_t seconds = static_cast<std::time_t>(moment / 1000);
    std::tm civil{};
    ::localtime_r(&seconds, &civil);
    return civil;
  }
};

/// Weekdays 8:00-12:00 and 13:30-21:00, Saturdays 0:30-2:30, which is where clocks change.
AllowedHours hours() {
  AllowedHours hours;
  EXPECT_TRUE(hours.set("mon-fri", "8:00-12:00 13:30-21:00"));
  EXPECT_TRUE(hours.set("sat-sun", "0:30-2:30 23:00-24:00"));
  return hours;
}

bool expected(UnixMillis moment) {
  const std::tm civil = Libc::at(moment);
  const int of_day = civil.tm_hour * 60 + civil.tm_min;
  if (civil.tm_wday >= 1 && civil.tm_wday <= 5) {
    return (of_day >= 480 && of_day < 720) || (of_day >= 810 && of_day < 1260);
  }
  return (of_day >= 30 && of_day < 150) || of_day >= 1380;
}

TEST(AllowedHours, HoldInEveryZoneAtEveryChangeOfTheClockInTenYears) {
  const AllowedHours allowed = hours();
  std::size_t zones = 0;
  std::size_t changes = 0;
  for (const date::time_zone& known : date::get_tzdb().zones) {
    const std::string name = known.name();
    const auto zone = TimeZone::find(name);
    ASSERT_TRUE(zone) << name;
    const Libc libc(name);
    ++zones;
    std::set<UnixMillis> edges = {from_2020 + 11 * hour};
    for (UnixMillis change = zone->next_change(from_2020); change < to_2030;
         change = zone->next_change(change)) {
      edges.insert(change);
      ++changes;
    }
    for (const UnixMillis edge : edges) {
      for (UnixMillis at = edge - 26 * hour; at <= edge + 26 * hour; at += 17 * minute) {
        ASSERT_EQ(allowed.is_open(*zone, at), expected(at)) << name << " " << at;
      }
      for (const UnixMillis at : {edge - minute, edge, edge + minute, edge - 90 * minute}) {
        const auto next = allowed.next_open(*zone, at);
        ASSERT_TRUE(next) << name;
        ASSERT_TRUE(expected(*next)) << name << " " << at;
        // All of these rules begin on a half hour; a zone may be off by a quarter.
        for (UnixMillis closed = at; closed < *next; closed += 5 * minute) {
          ASSERT_FALSE(expected(closed)) << name << " " << at << " " << closed;
        }
        if (*next > at) {
          ASSERT_FALSE(expected(*next - minute)) << name << " " << at;
        }
      }
    }
  }
  EXPECT_GT(zones, 400U);
  EXPECT_GT(changes, 2'000U);
}

TEST(AllowedHours, ZonesThatAreNeverOpenAtOnceHaveNoMoment) {
  AllowedHours office;
  ASSERT_TRUE(office.set("daily", "9:00-12:00"));
  const std::vector<HoursInZone> demands = {{&office, *TimeZone::find("Asia/Tokyo")},
                                            {&office, *TimeZone::find("America/New_York")}};
  EXPECT_FALSE(next_open_everywhere(demands, from_2020));
}

TEST(AllowedHours, WhatCannotBeReadIsRefused) {
  AllowedHours allowed;
  for (const char* text :
       {"", "9-20", "20:00-9:00", "9:00-25:00", "9:60-10:00", "10:00-12:00 9:00-9:30"}) {
    EXPECT_FALSE(allowed.set("daily", text)) << text;
  }
  EXPECT_FALSE(allowed.set("fri-mon", "9:00-10:00"));
  EXPECT_FALSE(allowed.set("day", "9:00-10:00"));
}

}  // namespace
}  // namespace commsd::policy
