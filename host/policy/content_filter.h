#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/phrase_file.h"

namespace commsd::policy {

/// Which category a text falls into and by which row of its file; never the words that were found.
struct ContentMatch {
  std::string category;  // "threat", "hate", "self_harm", "sexual", "drugs", "alcohol", ...
  std::string rule;      // "content.threat"
};

/// Finds threats, hate and what carriers refuse in outbound text, by the phrase lists in
/// config/content/filter. Texts are folded first (PhraseMatcher), so spelling tricks do not help;
/// words count as a whole, so "Scunthorpe" is a town. Linear in the length of the text. [any
/// thread]
class ContentFilter {
 public:
  /// Pairs of file name and YAML text, one category each. invalid_argument names file, line and
  /// what is wrong.
  static Result<ContentFilter> parse(const std::vector<std::pair<std::string, std::string>>& files);
  /// All `*.yaml` of a folder.
  static Result<ContentFilter> load(const std::string& folder);
  /// The lists that ship with the server.
  static ContentFilter standard();

  /// Switches categories against what their files say. not_found names one that does not exist.
  Result<void> enable(std::string_view category, bool enabled);
  const std::vector<std::string>& categories() const { return categories_; }

  /// The first finding of an enabled category; subject, text and html are asked one by one. Tags
  /// and entities of html are taken away first.
  std::optional<ContentMatch> check(std::string_view text, std::string_view subject = {},
                                    std::string_view html = {}) const;

 private:
  ContentFilter() = default;

  std::vector<std::string> categories_;  // the place is the matcher's tag
  std::vector<bool> enabled_;
  PhraseMatcher matcher_;
};

}  // namespace commsd::policy
