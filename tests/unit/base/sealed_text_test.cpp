#include "base/sealed_text.h"

#include <gtest/gtest.h>

namespace commsd {
namespace {

const Sha256 key = sha256("key");

TEST(SealedText, OpensUnderItsKeyInItsPlace) {
  SystemRandom random;
  for (const std::string text : {"", "a", "{\"a\":\"\xc3\xa9\"}"}) {
    EXPECT_EQ(open_text(key, seal_text(key, text, "here", random), "here"), text);
  }
}

TEST(SealedText, OpensNowhereElse) {
  SystemRandom random;
  const std::string sealed = seal_text(key, "text", "here", random);
  EXPECT_EQ(open_text(key, sealed, "there"), std::nullopt);
  EXPECT_EQ(open_text(sha256("other"), sealed, "here"), std::nullopt);
}

TEST(SealedText, AnyAlteredCharacterCloses) {
  SystemRandom random;
  const std::string sealed = seal_text(key, "text", "here", random);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open_text(key, altered, "here"), std::nullopt) << i;
    EXPECT_EQ(open_text(key, sealed.substr(0, i), "here"), std::nullopt) << i;
  }
}

TEST(SealedText, TheSameTextIsNeverSealedTheSame) {
  SystemRandom random;
  EXPECT_NE(seal_text(key, "text", "here", random), seal_text(key, "text", "here", random));
}

}  // namespace
}  // namespace commsd
