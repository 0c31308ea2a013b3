#include "policy/calendar.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

TEST(Calendar, DaysAndMonthsAreThoseOfUtc) {
  EXPECT_EQ(day_start(1'700'000'000'000), 1'699'920'000'000);    // 2023-11-14
  EXPECT_EQ(month_start(1'700'000'000'000), 1'698'796'800'000);  // 2023-11-01
  EXPECT_EQ(month_start(1'700'000'000'000, 1), 1'701'388'800'000);
  EXPECT_EQ(month_start(1'702'684'800'000, 1), 1'704'067'200'000);  // December to 2024-01-01
  EXPECT_EQ(month_start(1'709'164'800'000, 1), 1'709'251'200'000);  // 2024-02-29 to 2024-03-01
  EXPECT_EQ(month_start(1'698'796'799'999), 1'696'118'400'000);     // the last moment of October
  EXPECT_EQ(day_start(-1), -one_day);
  EXPECT_EQ(day_start(0), 0);
}

}  // namespace
}  // namespace commsd::policy
