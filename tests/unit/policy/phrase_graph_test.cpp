#include "policy/phrase_graph.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

std::string fault_of(const std::string& phrase, const PhraseLists& lists = {}) {
  PhraseGraph graph;
  const auto added = graph.add(phrase, lists, 0, false);
  return added ? std::string() : added.error().message;
}

TEST(PhraseGraph, IsAsLongAsTheLinesAndNotAsWhatTheyStandFor) {
  PhraseLists lists = {{"digit", {"one", "two", "three", "four", "five", "six", "seven", "eight"}}};
  PhraseGraph graph;
  ASSERT_TRUE(graph.add("{digit} {digit} {digit} {digit}", lists, 0, false));
  EXPECT_LT(graph.nodes(), 250U);  // for 4,096 plain phrases
  EXPECT_EQ(graph.ends().size(), 1U);
}

TEST(PhraseGraph, SaysWhatIsWrongWithAPhrase) {
  EXPECT_EQ(fault_of("(a"), "has a bracket that is not closed");
  EXPECT_EQ(fault_of("{a"), "has a bracket that is not closed");
  EXPECT_EQ(fault_of("a)"), "has a bracket too many");
  EXPECT_EQ(fault_of("a}"), "has a bracket too many");
  EXPECT_EQ(fault_of("{kin}"), "names a list 'kin' that is not there");
  EXPECT_EQ(fault_of("!!"), "has no letters");
  EXPECT_EQ(fault_of("(stop|) *"), "has no letters");  // one way to read it is empty
  EXPECT_EQ(fault_of(std::string(401, 'a')), "has more than 400 letters");
  EXPECT_EQ(fault_of("(a|b|) c*"), "");
}

TEST(PhraseGraph, AListThatNamesItselfOrGrowsWithoutEndIsToldEarly) {
  EXPECT_EQ(fault_of("{kin}", {{"kin", {"a {kin}"}}}), "is nested too deep");
  PhraseLists lists = {{"l0", std::vector<std::string>(1'000, "a")}};
  for (int level = 1; level < 6; ++level) {
    lists.emplace_back("l" + std::to_string(level),
                       std::vector<std::string>(1'000, "{l" + std::to_string(level - 1) + "}"));
  }
  EXPECT_EQ(fault_of("{l5}", lists), "is too long with its lists written out");
  lists[0].second.assign(1'000, "a" + std::string(400, '|'));
  EXPECT_EQ(fault_of("{l1}", lists), "is too long with its lists written out");
}

}  // namespace
}  // namespace commsd::policy
