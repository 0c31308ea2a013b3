#include "base/sealing_keys.h"

#include <gtest/gtest.h>

#include "base/sealed_text.h"

namespace commsd {
namespace {

const Sha256 old_key = sha256("old");
const Sha256 new_key = sha256("new");
const SealingKeys both = sealing_keys("new", "old");
const SealingKeys alone = sealing_keys("new", "");

TEST(SealingKeys, BothOpen) {
  SystemRandom random;
  for (const Sha256& key : {old_key, new_key}) {
    EXPECT_EQ(open_text(both, seal_text(key, "text", "here", random), "here"), "text");
    EXPECT_EQ(open_text(both, seal_text(key, "text", "here", random), "there"), std::nullopt);
  }
  EXPECT_EQ(open_text(both, seal_text(sha256("other"), "text", "here", random), "here"),
            std::nullopt);
  EXPECT_EQ(open_text(alone, seal_text(old_key, "text", "here", random), "here"), std::nullopt);
}

TEST(SealingKeys, OnlyWhatIsUnderTheKeyBeforeIsSealedAnew) {
  SystemRandom random;
  const std::string sealed = seal_text(old_key, "text", "here", random);
  const auto anew = reseal_text(both, sealed, "here", random);
  ASSERT_TRUE(anew);
  EXPECT_EQ(open_text(new_key, *anew, "here"), "text");
  EXPECT_EQ(reseal_text(both, *anew, "here", random), std::nullopt) << "it is there already";
  EXPECT_EQ(reseal_text(both, sealed, "there", random), std::nullopt) << "it does not open";
  EXPECT_EQ(reseal_text(alone, sealed, "here", random), std::nullopt);
}

}  // namespace
}  // namespace commsd
