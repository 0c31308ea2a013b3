#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/text_folding.h"

namespace commsd::policy {

/// Lists a phrase may name in braces: "{kill}" is any of its words.
using PhraseLists = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Finds any of many phrases in a text, however they are spelled: an Aho-Corasick automaton (as the
/// phrases are fixed words, RE2 would do the same with more memory) over the folded letters. One
/// pass over the text, a fixed number more when it has digits or stars in words; never more.
///
/// Phrases count as whole words: they begin and end where words do. What stands between the letters
/// does not matter ("k.i.l.l", "k i l l"), nor do letters that are drawn out ("killlll"). Build
/// first, then find: [find: any thread].
class PhraseMatcher {
 public:
  /// `phrase` may have alternatives, "(a|b|) c {list}"; a '*' at its end lets the last word go on.
  /// invalid_argument says what is wrong with it.
  Result<void> add(std::string_view phrase, const PhraseLists& lists, std::uint32_t tag);
  /// Text inside such a phrase is not found under this tag: "kill time".
  Result<void> add_exception(std::string_view phrase, const PhraseLists& lists, std::uint32_t tag);
  void build();

  /// The tag of the first finding of an enabled tag; nullopt = none.
  std::optional<std::uint32_t> find(std::string_view text,
                                    const std::vector<bool>& enabled_tags) const;

  std::size_t phrases() const { return phrases_.size(); }

 private:
  /// A letter of the text with how often it follows itself.
  struct Run {
    char32_t letter = 0;
    std::uint32_t count = 0;
    std::uint32_t first = 0;  // places in the folded text
    std::uint32_t last = 0;
  };
  struct Phrase {
    std::uint32_t shape = 0;  // where its runs begin in shapes_
    std::uint32_t runs = 0;
    std::uint32_t letters = 0;
    std::uint32_t words = 0;
    std::uint32_t tag = 0;
    std::uint32_t next = 0;  // another of the same letters; index + 1
    bool exception = false;
    bool open = false;  // the last word may go on
  };
  struct State {
    std::uint32_t fail = 0;
    std::uint32_t output = 0;       // index into phrases_ + 1; 0 = none
    std::uint32_t next_output = 0;  // the next shorter state that has one
    std::uint32_t edges = 0;        // where its edges begin in edges_
  };
  struct Edge {
    char32_t letter = 0;
    std::uint32_t to = 0;
  };
  struct Finding {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t tag = 0;
    bool exception = false;
  };
  enum class Reading { first, other };

  Result<void> add_all(std::string_view phrase, const PhraseLists& lists, std::uint32_t tag,
                       bool exception);
  void insert(const std::vector<FoldedLetter>& letters, Phrase phrase);
  std::uint32_t child(std::uint32_t state, char32_t letter) const;  // 0 = none
  std::uint32_t step(std::uint32_t state, char32_t letter) const;
  static std::vector<Run> runs_of(const std::vector<FoldedLetter>& letters, Reading reading,
                                  char32_t vowel);
  void scan(const std::vector<FoldedLetter>& letters, const std::vector<Run>& runs,
            const std::vector<bool>& enabled, std::vector<Finding>& findings) const;
  bool fits(const Phrase& phrase, const std::vector<FoldedLetter>& letters,
            const std::vector<Run>& runs, std::size_t last) const;
  bool is_cut_as_people_do(const Phrase& phrase, const std::vector<FoldedLetter>& letters,
                           const std::vector<Run>& runs, std::size_t first) const;
  std::uint32_t count_of(const Phrase& phrase, std::size_t run) const;
  bool ends_word(const Phrase& phrase, std::size_t run) const;

  std::vector<Phrase> phrases_;
  std::string shapes_;  // a byte a run: how many letters, and whether a word ends
  std::vector<State> states_ = std::vector<State>(2);         // the last one only ends the edges
  std::vector<Edge> edges_;                                   // by state, then by letter
  std::unordered_map<std::uint64_t, std::uint32_t> growing_;  // until build()
};

}  // namespace commsd::policy
