#include "policy/rule_age.h"

#include <gmock/gmock.h>

#include "policy/standard_rules.h"

namespace commsd::policy::test {
namespace {

constexpr UnixMillis day = 86'400'000;
constexpr UnixMillis verified = 1'795'305'600'000;  // 2026-11-22, as the pack says

std::vector<std::string> names(const std::vector<StaleFile>& files) {
  std::vector<std::string> all;
  for (const StaleFile& one : files) all.push_back(one.file);
  return all;
}

TEST(RuleAge, NothingIsStaleOnTheDayItWasVerified) {
  EXPECT_TRUE(
      stale_files(standard_countries(), PhoneNumbers::standard(), {400, 180}, verified).empty());
}

TEST(RuleAge, EveryFileIsNamedWhenItsTimeIsOver) {
  const auto late =
      stale_files(standard_countries(), PhoneNumbers::standard(), {400, 180}, verified + 500 * day);
  EXPECT_THAT(names(late), testing::IsSupersetOf({"numbers.txt", "us.yaml", "eu.yaml"}));
  for (const StaleFile& one : late) EXPECT_GT(one.days, one.most) << one.file;
}

TEST(RuleAge, TheOldestRowOfAFileCounts) {
  const std::string text = R"(code: default
name: All
version: 2026-11-22
language: en
rules:
  - {id: default.a, type: opt_out, law: a law, source: a source, verified_on: 2026-11-20, evidence: primary, days: 1}
  - {id: default.b, type: opt_out, law: a law, source: a source, verified_on: 2025-11-22, evidence: primary, days: 1}
)";
  LoadedRulePack pack = RulePack::parse({{"default.yaml", text}});
  ASSERT_TRUE(pack) << pack.error().front().to_string();
  const ComplianceEngine engine(std::move(*pack), PhoneNumbers::standard());
  const auto stale = stale_files(engine, PhoneNumbers::standard(), {300, 10'000}, verified);
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(stale[0].file, "default.yaml");
  EXPECT_EQ(stale[0].days, 365);
}

TEST(ContentRules, ANewFilterServesTheNextQuestion) {
  const auto lists = [](std::string phrase) {
    auto made = ContentFilter::parse(
        {{"brand.yaml", "category: brand\nenabled: true\nphrases:\n  - \"" + phrase + "\"\n"}});
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  };
  ContentRules rules(lists("forbidden fruit"));
  EXPECT_TRUE(rules.check("some forbidden fruit"));
  rules.replace(lists("secret sauce"));
  EXPECT_FALSE(rules.check("some forbidden fruit"));
  EXPECT_TRUE(rules.check("the secret sauce"));
}

}  // namespace
}  // namespace commsd::policy::test
