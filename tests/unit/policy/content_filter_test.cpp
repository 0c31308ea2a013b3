#include "policy/content_filter.h"

#include <fstream>

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

ContentFilter every_category() {
  ContentFilter filter = ContentFilter::standard();
  for (const std::string& category : std::vector<std::string>(filter.categories())) {
    EXPECT_TRUE(filter.enable(category, true));
  }
  return filter;
}

/// Pairs of label and text of a file of vectors.
std::vector<std::pair<std::string, std::string>> vectors(const std::string& name) {
  std::vector<std::pair<std::string, std::string>> all;
  std::ifstream file(COMMSD_SOURCE_DIR "/tests/vectors/content/" + name);
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    if (line[0] != '#' && tab != std::string::npos) {
      all.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    }
  }
  return all;
}

TEST(ContentFilter, FindsAtLeastNinetyFivePercentOfEvasiveTexts) {
  const ContentFilter filter = every_category();
  const auto texts = vectors("evasive.txt");
  ASSERT_EQ(texts.size(), 500U);
  std::size_t found = 0;
  std::string missed;
  for (const auto& [category, text] : texts) {
    if (filter.check(text)) {
      ++found;
    } else {
      missed += '\n' + category + ": " + text;
    }
  }
  EXPECT_GE(found * 100, texts.size() * 95) << found << " found; missed:" << missed;
  RecordProperty("found", static_cast<int>(found));
}

TEST(ContentFilter, LetsAtLeastNinetyNinePercentOfCleanTextsPass) {
  const ContentFilter filter = every_category();
  const auto texts = vectors("clean.txt");
  ASSERT_EQ(texts.size(), 2000U);
  std::size_t refused = 0;
  std::string which;
  for (const auto& [language, text] : texts) {
    const auto match = filter.check(text);
    if (!match) continue;
    ++refused;
    which += '\n' + match->category + ": " + text;
  }
  EXPECT_LE(refused * 100, texts.size()) << refused << " refused:" << which;
  RecordProperty("refused", static_cast<int>(refused));
}

TEST(ContentFilter, WordsCountAsAWhole) {
  const ContentFilter filter = every_category();
  for (const char* text :
       {"Scunthorpe", "The pen is here", "skill you need", "I could kill for a coffee",
        "this will kill you with laughter", "assassin's creed", "Essex and Sussex", "you hurt me",
        "I will beat you at chess", "I'll shoot you a message", "classic cocktail dress"}) {
    EXPECT_FALSE(filter.check(text)) << text;
  }
}

TEST(ContentFilter, CategoriesAreSwitchedOneByOne) {
  ContentFilter filter = ContentFilter::standard();
  EXPECT_FALSE(filter.check("cheap vodka delivered"));
  ASSERT_TRUE(filter.enable("alcohol", true));
  const auto match = filter.check("cheap vodka delivered");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->rule, "content.alcohol");
  ASSERT_TRUE(filter.enable("threat", false));
  EXPECT_FALSE(filter.check("I will kill you"));
  const auto unknown = filter.enable("weather", true);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("threat"), std::string::npos);
}

TEST(ContentFilter, ReadsSubjectAndHtmlAsPeopleDo) {
  const ContentFilter filter = ContentFilter::standard();
  EXPECT_TRUE(filter.check("hello", "I will kill you"));
  EXPECT_TRUE(filter.check("hello", "", "<p>I will k<b>il</b>l&nbsp;you</p>"));
  EXPECT_FALSE(filter.check("hello", "hi", "<p class=\"kill you\">Good morning</p>"));
}

TEST(ContentFilter, AnyBytesAreATextAndLongOnesEnd) {
  const ContentFilter filter = ContentFilter::standard();
  EXPECT_FALSE(filter.check(std::string("\xff\xfe\xc3\x28\0 k", 7)));
  std::string many;
  for (int count = 0; count < 20'000; ++count) many += "i w1ll k*";
  filter.check(many);
}

}  // namespace
}  // namespace commsd::policy
