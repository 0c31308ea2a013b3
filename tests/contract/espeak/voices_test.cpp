#include "espeak/voices.h"

#include <gtest/gtest.h>

namespace espeak {
namespace {

Voices some() {
  return Voices({{"gmw/en-GB-x-rp",
                  "English (Received Pronunciation)",
                  "male",
                  {{5, "en-gb-x-rp"}, {5, "en-gb"}}},
                 {"gmw/en", "English (Great Britain)", "male", {{2, "en-gb"}, {2, "en"}}},
                 {"gmw/en-US", "English (America)", "male", {{2, "en-us"}, {3, "en"}}},
                 {"sit/cmn", "Chinese (Mandarin)", "male", {{5, "cmn"}, {5, "zh-cmn"}, {5, "zh"}}}},
                {"f3", "Andy"});
}

TEST(Voices, AreFoundByIdNameAndLanguageInAnyCase) {
  const Voices voices = some();
  EXPECT_EQ(voices.named("gmw/EN-us"), "gmw/en-US");
  EXPECT_EQ(voices.named("english (america)"), "gmw/en-US");
  EXPECT_EQ(voices.named("en-us"), "gmw/en-US");
  EXPECT_EQ(voices.named("en"), "gmw/en") << "the lowest rank";
  EXPECT_EQ(voices.named("en-us+F3"), "gmw/en-US+f3");
  EXPECT_EQ(voices.named("gmw/en+andy"), "gmw/en+Andy");
}

TEST(Voices, GiveTheLibraryNothingElse) {
  const Voices voices = some();
  for (const char* wanted : {"", "+", "+f3", "nobody", "../../etc/passwd", "en-us+", "en-us+../f3",
                             "en-us+f3+f3", "gmw/en/", "en-us "}) {
    EXPECT_EQ(voices.named(wanted), std::nullopt) << wanted;
  }
}

TEST(Voices, SpeakTheNearestLanguage) {
  const Voices voices = some();
  EXPECT_EQ(voices.speaking("en-US"), "gmw/en-US");
  EXPECT_EQ(voices.speaking("en-AU"), "gmw/en");
  EXPECT_EQ(voices.speaking("zh-Hans-CN"), "sit/cmn");
  EXPECT_EQ(voices.speaking("tlh"), std::nullopt);
  EXPECT_EQ(voices.speaking(""), std::nullopt);
}

}  // namespace
}  // namespace espeak
