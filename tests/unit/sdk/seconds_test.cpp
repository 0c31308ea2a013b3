#include <comms/cpp/seconds.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Seconds, AreRoundedUpAndKeptWithinLimits) {
  EXPECT_EQ(whole_seconds(1, 0, 10), 1u);
  EXPECT_EQ(whole_seconds(1000, 0, 10), 1u);
  EXPECT_EQ(whole_seconds(1001, 0, 10), 2u);
  EXPECT_EQ(whole_seconds(0, 5, 10), 5u);
  EXPECT_EQ(whole_seconds(4'294'967'295, 5, 10), 10u);
}

TEST(Seconds, AreReadAsMilliseconds) {
  EXPECT_EQ(milliseconds("42"), "42000");
  EXPECT_EQ(milliseconds("0"), "0");
  EXPECT_EQ(milliseconds("4294967295"), "4294967295000");
  for (const char* text : {"", "-1", "1.5", "1s", " 1", "4294967296", "x"}) {
    EXPECT_EQ(milliseconds(text), "") << text;
  }
}

}  // namespace
}  // namespace comms
