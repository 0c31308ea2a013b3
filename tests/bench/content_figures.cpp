// How much the content filter finds of texts that are not ours. Reads lines of label, tab and text,
// and prints for each label how many there are and how many are refused, by category:
//   scripts/content-figures.mjs ... | tests/bench/content_figures
// of a build with COMMSD_BENCHMARKS.
// It prints and judges nothing: what is asserted, on our own sets, is in unit_policy.
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "policy/content_filter.h"

namespace {

struct Figures {
  std::size_t texts = 0;
  std::size_t refused = 0;
  std::map<std::string, std::size_t> by_category;
};

}  // namespace

int main() {
  using commsd::policy::ContentFilter;
  const ContentFilter usual = ContentFilter::standard();
  ContentFilter every = ContentFilter::standard();
  for (const std::string& category : std::vector<std::string>(every.categories())) {
    if (!every.enable(category, true)) return 1;
  }
  std::map<std::string, Figures> all;
  std::map<std::string, std::size_t> as_shipped;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string label = line.substr(0, tab);
    const std::string text = line.substr(tab + 1);
    Figures& figures = all[label];
    ++figures.texts;
    if (usual.check(text)) ++as_shipped[label];
    const auto match = every.check(text);
    if (!match) continue;
    ++figures.refused;
    ++figures.by_category[match->category];
  }
  for (const auto& [label, figures] : all) {
    const auto percent = [&](std::size_t count) {
      return 100.0 * static_cast<double>(count) / static_cast<double>(figures.texts);
    };
    std::printf("%-28s %6zu texts  %6zu refused (%.1f %%), as shipped %zu (%.1f %%)", label.c_str(),
                figures.texts, figures.refused, percent(figures.refused), as_shipped[label],
                percent(as_shipped[label]));
    for (const auto& [category, count] : figures.by_category) {
      std::printf("  %s %zu", category.c_str(), count);
    }
    std::printf("\n");
  }
  return 0;
}
