#include "plugin/upload_codes.h"

#include <gtest/gtest.h>

namespace commsd::plugin {
namespace {

class UploadCode : public ::testing::Test {
 protected:
  ManualClock clock_{1'000'000};
  SeededRandom random_{1};
  UploadCodes codes_{clock_, random_};
};

TEST_F(UploadCode, IsGoodOnce) {
  EXPECT_FALSE(codes_.take(""));
  const std::string code = codes_.issue();
  EXPECT_TRUE(codes_.take(code));
  EXPECT_FALSE(codes_.take(code));
  EXPECT_FALSE(codes_.take(""));
}

TEST_F(UploadCode, IsGoodForFiveMinutes) {
  const std::string code = codes_.issue();
  clock_.advance(std::chrono::minutes(5) + std::chrono::milliseconds(1));
  EXPECT_FALSE(codes_.take(code));
}

TEST_F(UploadCode, ANewOneEndsTheEarlier) {
  const std::string first = codes_.issue();
  const std::string second = codes_.issue();
  EXPECT_NE(first, second);
  EXPECT_FALSE(codes_.take(first));
  EXPECT_TRUE(codes_.take(second));
}

TEST_F(UploadCode, CannotBeGuessed) {
  const std::string code = codes_.issue();
  for (int times = 0; times < UploadCodes::most_wrong; ++times) EXPECT_FALSE(codes_.take("no"));
  EXPECT_FALSE(codes_.take(code));
}

}  // namespace
}  // namespace commsd::plugin
