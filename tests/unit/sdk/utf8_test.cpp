#include <comms/cpp/utf8.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Utf8, KeepsWhatFits) {
  EXPECT_EQ(utf8_front("", 0), "");
  EXPECT_EQ(utf8_front("abc", 3), "abc");
  EXPECT_EQ(utf8_front("caf\u00e9", 5), "caf\u00e9") << "the last character is whole";
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(utf8_front("abc", 2), "ab");
  EXPECT_EQ(utf8_front("caf\u00e9s", 4), "caf");
  EXPECT_EQ(utf8_front("caf\u00e9s", 5), "caf\u00e9");
  for (const std::size_t most : {1u, 2u, 3u}) EXPECT_EQ(utf8_front("\U0001f600", most), "") << most;
}

TEST(Utf8, CutsToNothingWhatIsNoText) {
  EXPECT_EQ(utf8_front("\x80\x80\x80", 2), "");
}

}  // namespace
}  // namespace comms
