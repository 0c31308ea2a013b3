#include "policy/phrase_table.h"

#include <set>

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

PhraseTable table_of(const std::vector<std::string>& phrases, const PhraseLists& lists = {}) {
  PhraseGraph graph;
  for (const std::string& phrase : phrases) EXPECT_TRUE(graph.add(phrase, lists, 0, false));
  auto table = PhraseTable::build(graph);
  EXPECT_TRUE(table);
  return std::move(*table);
}

/// All that the table accepts of up to `longest` letters a and b, with a space after each word and
/// a star for a phrase whose last word may go on.
void collect(const PhraseTable& table, std::uint32_t state, const std::string& read,
             std::size_t longest, std::set<std::string>& all) {
  for (const PhraseTable::Outcome& outcome : table.outcomes(state)) {
    all.insert(read + (outcome.open ? "*" : ""));
  }
  if (longest == 0) return;
  for (const char letter : {'a', 'b'}) {
    for (const bool ends_word : {false, true}) {
      const auto next = table.step(state, static_cast<char32_t>(letter), ends_word);
      if (next == PhraseTable::none) continue;
      collect(table, next, read + letter + (ends_word ? " " : ""), longest - 1, all);
    }
  }
}

std::set<std::string> accepted(const std::vector<std::string>& phrases,
                               const PhraseLists& lists = {}) {
  const PhraseTable table = table_of(phrases, lists);
  std::set<std::string> all;
  collect(table, table.root(), "", 8, all);
  return all;
}

TEST(PhraseTable, AcceptsWhatThePhrasesStandForAndNothingElse) {
  using Set = std::set<std::string>;
  EXPECT_EQ(accepted({"(a|b|) ba"}), (Set{"a ba ", "b ba ", "ba "}));
  EXPECT_EQ(accepted({"a(b| b|-b)a"}), (Set{"aba ", "a ba "}));
  EXPECT_EQ(accepted({"{ab}b {ab}"}, {{"ab", {"a", "(b|a a)"}}}),
            (Set{"ab a ", "ab b ", "ab a a ", "bb a ", "bb b ", "bb a a ", "a ab a ", "a ab b ",
                 "a ab a a "}));
  EXPECT_EQ(accepted({"ab", "ab*", "a(*|) b*"}), (Set{"ab ", "ab *", "a b *"}));
  EXPECT_EQ(accepted({"(a*|b) a", "  a  "}), (Set{"a a ", "b a ", "a "}));
  EXPECT_EQ(accepted({"\u00C1B\u0301 a'b"}), (Set{"ab ab "}));  // as texts are folded
}

TEST(PhraseTable, KeepsSharedBeginningsAndEndingsOnce) {
  std::vector<std::string> words;
  for (char letter = 'a'; letter <= 'z'; ++letter) words.push_back(std::string(1, letter) + "ing");
  const PhraseTable table = table_of({"{word} {word} {word}"}, {{"word", words}});
  EXPECT_EQ(table.states(), 1U + 3U * 4U + 1U);  // for 17,576 phrases; one of them is none
  EXPECT_EQ(table.edges(), 3U * (26U + 3U));
}

TEST(PhraseTable, TooManySetsAreRefused) {
  // Which of the last letters were an a: every answer is a state of its own.
  std::string phrase;
  for (int at = 0; at < 20; ++at) phrase += "(a|b|)";
  phrase += "a";
  for (int at = 0; at < 20; ++at) phrase += "(a|b)";
  PhraseGraph graph;
  ASSERT_TRUE(graph.add(phrase, {}, 0, false));
  const auto table = PhraseTable::build(graph);
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().message.find("too many"), std::string::npos);
}

}  // namespace
}  // namespace commsd::policy
