#include "policy/opt_out.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

struct Case {
  const char* text;
  Keyword keyword;
};

class OptOutKeywordsTest : public ::testing::TestWithParam<Case> {};

TEST_P(OptOutKeywordsTest, FindsTheWholeMessageOnly) {
  static const OptOutKeywords keywords = OptOutKeywords::standard();
  EXPECT_EQ(keywords.find(GetParam().text), GetParam().keyword) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, OptOutKeywordsTest,
    ::testing::Values(Case{"STOP", Keyword::stop}, Case{" stop. ", Keyword::stop},
                      Case{"\"Stop!\"", Keyword::stop}, Case{"Stop  All", Keyword::stop},
                      Case{"opt-out", Keyword::stop}, Case{"ARRÊT", Keyword::stop},
                      Case{"quit\n", Keyword::stop}, Case{"please stop by at noon", Keyword::none},
                      Case{"START", Keyword::start}, Case{"unstop", Keyword::start},
                      Case{"yes", Keyword::none}, Case{"Help?", Keyword::help},
                      Case{"", Keyword::none}, Case{"!!!", Keyword::none}));

TEST(OptOutKeywords, ABrokenFileIsNamed) {
  const auto missing = OptOutKeywords::parse("stop: [stop]\nhelp: [help]\n");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("'start'"), std::string::npos);
  EXPECT_FALSE(OptOutKeywords::parse("stop: [a\n"));
}

TEST(ContactHash, IsKeyedAndFoldsCase) {
  EXPECT_EQ(contact_hash("k", "A@example.com"), contact_hash("k", "a@example.com"));
  EXPECT_NE(contact_hash("k", "a@example.com"), contact_hash("l", "a@example.com"));
}

}  // namespace
}  // namespace commsd::policy
