#include <comms/cpp/e164.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(E164, DigitsOfWhatIsANumber) {
  EXPECT_EQ(e164_digits("+14155550100"), "14155550100");
  EXPECT_EQ(e164_digits("14155550100"), "14155550100");
  for (const char* none : {"", "+", "++14155550100", "+0155550100", "+123456", "+1234567890123456",
                           "+1415555010a", "+1 415 5550100"}) {
    EXPECT_EQ(e164_digits(none), "") << none;
  }
}

TEST(E164, ThereAndBack) {
  EXPECT_EQ(without_plus("+14155550100"), "14155550100");
  EXPECT_EQ(without_plus(""), "");
  EXPECT_EQ(with_plus("14155550100"), "+14155550100");
  for (const char* other : {"", "ACME", "+14155550100", "sip:ada@example.test", "242733"}) {
    EXPECT_EQ(with_plus(other), other);
  }
}

}  // namespace
}  // namespace comms
