#include "policy/phrase_matcher.h"

#include <gtest/gtest.h>

#include "embedded/content.h"
#include "embedded/content_filter.h"
#include "policy/phrase_file.h"

namespace commsd::policy {
namespace {

PhraseMatcher matcher_of(const std::vector<std::string>& phrases,
                         const std::vector<std::string>& exceptions = {}) {
  PhraseGraph graph;
  for (const std::string& phrase : phrases) EXPECT_TRUE(graph.add(phrase, {}, 0, false));
  for (const std::string& phrase : exceptions) EXPECT_TRUE(graph.add(phrase, {}, 0, true));
  auto table = PhraseTable::build(graph);
  EXPECT_TRUE(table);
  return PhraseMatcher(std::move(*table));
}

bool finds(const PhraseMatcher& matcher, std::string_view text) {
  return matcher.find(text, {true}).has_value();
}

TEST(PhraseMatcher, LettersMayBeDrawnOutButNotDoubledByChance) {
  const PhraseMatcher matcher = matcher_of({"kil", "hello there"});
  EXPECT_TRUE(finds(matcher, "kil"));
  EXPECT_TRUE(finds(matcher, "kkkiiilll"));
  EXPECT_FALSE(finds(matcher, "kill"));  // a word of its own, in a phrase that is short
  EXPECT_FALSE(finds(matcher, "kl"));
  EXPECT_TRUE(finds(matcher, "helllo thheere"));
  EXPECT_FALSE(finds(matcher, "helo there"));  // fewer than the phrase has
}

TEST(PhraseMatcher, WordsBeginAndEndWhereTheTextsDo) {
  const PhraseMatcher matcher = matcher_of({"pen", "big pear*"});
  EXPECT_FALSE(finds(matcher, "open"));
  EXPECT_FALSE(finds(matcher, "pens"));
  EXPECT_TRUE(finds(matcher, "a pen, please"));
  EXPECT_TRUE(finds(matcher, "bigpears"));
  EXPECT_FALSE(finds(matcher, "the big pe"));
}

TEST(PhraseMatcher, AWordIsCutOnPurposeOrNotAtAll) {
  const PhraseMatcher matcher = matcher_of({"penis", "pick up the pen"});
  EXPECT_FALSE(finds(matcher, "the pen is here"));
  EXPECT_TRUE(finds(matcher, "p e n i s"));
  EXPECT_TRUE(finds(matcher, "p.e-nis"));
  EXPECT_TRUE(finds(matcher, "pi ck upt he pen"));  // long, so nothing meets by chance
}

// A row of one letter may be many words of a phrase or one; the text decides nothing about it.
TEST(PhraseMatcher, RowsOfOneLetterAreReadAsThePhraseHasThem) {
  EXPECT_TRUE(finds(matcher_of({"a a b"}), "a a b"));
  EXPECT_FALSE(finds(matcher_of({"a a b"}), "a b"));
  EXPECT_TRUE(finds(matcher_of({"a a b"}), "aa b"));
  EXPECT_TRUE(finds(matcher_of({"see emma"}), "see emma"));
  EXPECT_FALSE(finds(matcher_of({"seemma"}), "see emma"));
  EXPECT_TRUE(finds(matcher_of({"a ab"}), "a ab"));
  EXPECT_FALSE(finds(matcher_of({"aab"}), "a ab"));
}

TEST(PhraseMatcher, StarsAreVowelsAndDigitsLetters) {
  const PhraseMatcher matcher = matcher_of({"spill", "24 7"});
  EXPECT_TRUE(finds(matcher, "sp*ll"));
  EXPECT_TRUE(finds(matcher, "5p1ll"));
  EXPECT_TRUE(finds(matcher, "spi11"));
  EXPECT_FALSE(finds(matcher, "sp**l"));
  EXPECT_TRUE(finds(matcher, "open 24/7"));
}

TEST(PhraseMatcher, AnExceptionCoversWhatIsInsideIt) {
  const PhraseMatcher matcher = matcher_of({"kill it"}, {"(going to|) kill it (at|with) *"});
  EXPECT_TRUE(finds(matcher, "kill it"));
  EXPECT_FALSE(finds(matcher, "we kill it at work"));
  EXPECT_TRUE(finds(matcher, "kill it. We kill it at work"));
  EXPECT_TRUE(finds(matcher, "we kill it at work. Kill it"));
}

TEST(PhraseMatcher, TheFirstFindingOfAnEnabledTagCounts) {
  PhraseGraph graph;
  for (const std::uint32_t tag : {0U, 1U, 2U}) {
    ASSERT_TRUE(graph.add(tag == 0 ? "plum tart" : "plum", {}, tag, false));
  }
  const PhraseMatcher matcher(std::move(*PhraseTable::build(graph)));
  EXPECT_EQ(matcher.find("plum tart", {true, true, false}), 1U);
  EXPECT_EQ(matcher.find("plum tart", {true, false, false}), 0U);
  EXPECT_EQ(matcher.find("plum tart", {false, false, true}), 2U);
  EXPECT_EQ(matcher.find("plum tart", {false, false, false}), std::nullopt);
}

std::string repeated(std::string_view unit, std::size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

// What is counted are steps, so that this holds on any machine.
TEST(PhraseMatcher, NoTextMakesItWorkMoreThanAFewStepsForALetter) {
  PhraseFiles filter;
  for (const embedded::File& file : embedded::content_filter::files()) {
    filter.emplace_back(file.name, *read_phrases(file.text, std::string(file.name)));
  }
  PhraseFiles intent;
  intent.emplace_back("intent", *read_phrases(embedded::content::opt_out_intent_yaml(), "intent"));
  for (const PhraseFiles* files : {&filter, &intent}) {
    const auto matcher = build_matcher(*files);
    ASSERT_TRUE(matcher) << matcher.error().message;
    const std::vector<bool> all(files->size(), true);
    for (const char* unit :
         {"a", "a ", "aa ", "l1", "1 ", "a*1", "ee ll ", "死", "i will kill you ", "iwillkillyou",
          "k*ll ", "i w1ll k*ll y0u ", "i i w w i i l l ", "stop texting me ", "s t o p ",
          "te voy a ", "a b c d e f g h i j k l m n o "}) {
      const std::string text = repeated(unit, 100'000);  // the longest text of a message
      std::size_t steps = 0;
      matcher->find(text, all, &steps);
      const std::size_t letters = fold_letters(text).size();
      EXPECT_GE(steps, 1U) << unit;
      EXPECT_LE(steps, letters * 10 * 5) << unit;  // readings, steps a letter in each
    }
  }
}

TEST(PhraseMatcher, WaysToReadALineAreFollowedTogether) {
  std::string phrase;
  for (int at = 0; at < 40; ++at) phrase += "(ab|a b|a bb) ";  // 3^40 plain phrases
  const PhraseMatcher matcher = matcher_of({phrase + "c"});
  std::size_t steps = 0;
  EXPECT_FALSE(matcher.find(repeated("abbb ", 1'000), {true}, &steps));
  EXPECT_LE(steps, 1'000'000U);
  EXPECT_TRUE(finds(matcher, repeated("a bbb ", 240) + "c"));
}

}  // namespace
}  // namespace commsd::policy
