#include <comms/cpp/price.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Price, IsReadInMillionths) {
  EXPECT_EQ(price_micros("0.00750"), 7500);
  EXPECT_EQ(price_micros("0.03330000"), 33300);
  EXPECT_EQ(price_micros("12"), 12'000'000);
  EXPECT_EQ(price_micros("1."), 1'000'000);
  EXPECT_EQ(price_micros(".5"), 500'000);
  EXPECT_EQ(price_micros("0.0000019"), 1) << "never more than was said";
}

TEST(Price, IsUnknownWhenItIsNone) {
  for (const char* text : {"", ".", "-1", "+1", "1,5", "1.2.3", "1e3", " 1", "free", "NaN"}) {
    EXPECT_EQ(price_micros(text), COMMS_COST_UNKNOWN) << text;
  }
}

TEST(Price, IsUnknownWhenItDoesNotFit) {
  EXPECT_EQ(price_micros("9000000000000"), 9'000'000'000'000'000'000);
  for (const char* text : {"9999999999999", "99999999999999999999", "9999999999999.000001"}) {
    EXPECT_EQ(price_micros(text), COMMS_COST_UNKNOWN) << text;
  }
}

}  // namespace
}  // namespace comms
