#include "policy/phrase_expansion.h"

#include <algorithm>
#include <optional>

namespace commsd::policy {
namespace {

constexpr int deepest_nesting = 8;  // a list that names itself ends here

/// The bracket that closes the one at `open`; npos when there is none.
std::size_t closing(std::string_view phrase, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < phrase.size(); ++at) {
    if (phrase[at] == '(') ++depth;
    if (phrase[at] == ')' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

class Expansion {
 public:
  explicit Expansion(const PhraseLists& lists) : lists_(lists) {}

  /// The alternatives of "a|b c|d"; a phrase without a bar is one of itself.
  Result<std::vector<std::string>> alternatives(std::string_view text, int depth) {
    std::vector<std::string> all;
    std::size_t from = 0;
    int brackets = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (at < text.size() && text[at] == '(') ++brackets;
      if (at < text.size() && text[at] == ')') --brackets;
      if (at < text.size() && (text[at] != '|' || brackets > 0)) continue;
      auto expanded = sequence(text.substr(from, at - from), depth);
      if (!expanded) return expanded;
      all.insert(all.end(), expanded->begin(), expanded->end());
      from = at + 1;
    }
    return all;
  }

 private:
  static tl::unexpected<Error> bad(std::string what) {
    return fail(ErrorCode::invalid_argument, std::move(what));
  }

  Result<std::vector<std::string>> sequence(std::string_view phrase, int depth) {
    std::vector<std::string> whole = {""};
    for (std::size_t at = 0; at < phrase.size();) {
      const char open = phrase[at];
      if (open == ')' || open == '}') return bad("has a bracket too many");
      if (open != '(' && open != '{') {
        const std::size_t end = std::min(phrase.find_first_of("(){}", at), phrase.size());
        for (std::string& text : whole) text += phrase.substr(at, end - at);
        at = end;
        continue;
      }
      const std::size_t end = open == '(' ? closing(phrase, at) : phrase.find('}', at);
      if (end == std::string_view::npos) return bad("has a bracket that is not closed");
      if (depth >= deepest_nesting) return bad("is nested too deep");
      const std::string_view inside = phrase.substr(at + 1, end - at - 1);
      auto choices = open == '(' ? alternatives(inside, depth + 1) : named(inside, depth + 1);
      if (!choices) return choices;
      if (whole.size() * choices->size() > most_expansions) {
        return bad("stands for more than " + std::to_string(most_expansions) + " phrases");
      }
      std::vector<std::string> longer;
      longer.reserve(whole.size() * choices->size());
      for (const std::string& text : whole) {
        for (const std::string& choice : *choices) longer.push_back(text + choice);
      }
      whole = std::move(longer);
      at = end + 1;
    }
    return whole;
  }

  Result<std::vector<std::string>> named(std::string_view name, int depth) {
    const auto list = std::find_if(lists_.begin(), lists_.end(),
                                   [name](const auto& known) { return known.first == name; });
    if (list == lists_.end()) {
      return bad("names a list '" + std::string(name) + "' that is not there");
    }
    std::vector<std::string> all;
    for (const std::string& entry : list->second) {
      auto expanded = alternatives(entry, depth);
      if (!expanded) return expanded;
      all.insert(all.end(), expanded->begin(), expanded->end());
    }
    return all;
  }

  const PhraseLists& lists_;
};

}  // namespace

Result<std::vector<std::string>> expand_phrase(std::string_view phrase, const PhraseLists& lists) {
  return Expansion(lists).alternatives(phrase, 0);
}

}  // namespace commsd::policy
