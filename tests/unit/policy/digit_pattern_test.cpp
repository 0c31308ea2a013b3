#include "policy/digit_pattern.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

TEST(DigitPattern, MatchesTheWholeText) {
  EXPECT_TRUE(DigitText("123").matches("123"));
  EXPECT_FALSE(DigitText("1234").matches("123"));
  EXPECT_FALSE(DigitText("12").matches("123"));
  EXPECT_TRUE(DigitText("2045").matches("2(?:0[1-46]|3\\d)\\d"));
  EXPECT_TRUE(DigitText("2395").matches("2(?:0[1-46]|3\\d)\\d"));
  EXPECT_FALSE(DigitText("2055").matches("2(?:0[1-46]|3\\d)\\d"));
  EXPECT_TRUE(DigitText("8001111").matches("80[08]\\d{7}|800\\d{6}|8001111"));
  EXPECT_TRUE(DigitText("12").matches("1(?:2(?:3)?)?"));
  EXPECT_TRUE(DigitText("11111").matches("1{3,5}"));
  EXPECT_FALSE(DigitText("111111").matches("1{3,5}"));
  EXPECT_TRUE(DigitText("1212").matches("(?:12){2}"));
}

TEST(DigitPattern, AnAlternativeThatIsShorterDoesNotHideALongerOne) {
  EXPECT_TRUE(DigitText("1234").matches("1|12|(?:1|12)3?4|123(?:4|5)"));
}

TEST(DigitPattern, StartsLooksAtTheBeginningOnly) {
  EXPECT_TRUE(DigitText("7712345678").starts("33[3-7]|7"));
  EXPECT_FALSE(DigitText("1712345678").starts("33[3-7]|7"));
}

TEST(DigitPattern, WhatIsNotDigitsMatchesNothing) {
  EXPECT_FALSE(DigitText("12a").matches("\\d{3}"));
  EXPECT_FALSE(DigitText(std::string(40, '1')).matches("1{1,31}1{1,31}"));
}

TEST(DigitPattern, OtherSyntaxIsRefused) {
  for (const char* pattern : {"", "1*", "1+", "(1)", "[^1]", "[9-0]", "1{", "1{99}", "1{2,1}", "[]",
                              "(?:1", "a", "\\w", "1)"}) {
    EXPECT_FALSE(is_digit_pattern(pattern)) << pattern;
  }
}

}  // namespace
}  // namespace commsd::policy
