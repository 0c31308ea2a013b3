#include "api/media_answer.h"

#include <gtest/gtest.h>

namespace commsd::api {
namespace {

std::string asked(std::string_view header, std::size_t size = 10) {
  const RangeAsked found = parse_range(header, size);
  if (found.unsatisfiable) return "unsatisfiable";
  if (!found.range) return "all";
  return std::to_string(found.range->offset) + '+' + std::to_string(found.range->length);
}

TEST(MediaAnswer, ReadsARange) {
  EXPECT_EQ(asked("bytes=0-0"), "0+1");
  EXPECT_EQ(asked("bytes=2-5"), "2+4");
  EXPECT_EQ(asked("Bytes=2-"), "2+8");
  EXPECT_EQ(asked("bytes=9-99"), "9+1");
  EXPECT_EQ(asked("bytes=-3"), "7+3");
  EXPECT_EQ(asked("bytes=-99"), "0+10");
  EXPECT_EQ(asked("bytes=0-99999999999999999999999"), "0+10");
}

TEST(MediaAnswer, SaysWhenThereIsNothingOfIt) {
  for (const char* header :
       {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"}) {
    EXPECT_EQ(asked(header), "unsatisfiable") << header;
  }
  EXPECT_EQ(asked("bytes=0-", 0), "unsatisfiable");
  EXPECT_EQ(asked("bytes=-1", 0), "unsatisfiable");
}

TEST(MediaAnswer, GivesAllForWhatItDoesNotUnderstand) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,4-5", "bytes= 1-2", "bytes=a-b",
        "bytes=1", "lines=1-2", "bytes=1-2 ", "bytes=+1-2", "bytes=0x1-2", "bytes=--1"}) {
    EXPECT_EQ(asked(header), "all") << header;
  }
}

}  // namespace
}  // namespace commsd::api
