#pragma once

#include <cstdint>
#include <vector>

#include "policy/phrase_table.h"
#include "policy/text_folding.h"

namespace commsd::policy {

/// A phrase in a text; the places are those of the folded letters.
struct Finding {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint32_t tag = 0;
  bool exception = false;
};

/// Walks one text over a table of phrases and judges what it finds (PhraseMatcher). Borrows all it
/// is given. [one thread]
class PhraseWalk {
 public:
  enum class Reading { first, other };  // which of the letters that a digit may stand for

  PhraseWalk(const PhraseTable& table, const std::vector<bool>& enabled_tags,
             const std::vector<FoldedLetter>& letters)
      : table_(table), enabled_(enabled_tags), letters_(letters) {}

  /// One pass; `vowel` is what a mask is read as. Findings of later passes come after those of this
  /// one, those of a pass by their ends.
  void read(Reading reading, char32_t vowel);

  const std::vector<Finding>& findings() const { return findings_; }
  std::size_t steps() const { return steps_; }

 private:
  /// A letter of the text with how often it follows itself.
  struct Run {
    char32_t letter = 0;
    std::uint32_t count = 0;
    std::uint32_t first = 0;  // places in the folded text
    std::uint32_t last = 0;
    bool spelled_out = true;  // each letter stands alone
    bool cut_inside = false;  // there is a space before one of the others than the first
  };
  /// How far phrases were followed. Letters and words are counted only as far as it matters, so
  /// that paths which can no longer differ are equal.
  struct Path {
    std::uint32_t state = 0;
    std::uint32_t letters = 0;  // of the phrase up to here
    std::uint32_t words = 0;
    bool at_word_start = true;
    bool after_single = false;  // the last word of the phrase is one letter
    bool only_if_long = false;  // a letter is doubled as only long phrases may have it
    bool doubled_last = false;  // the same, unless this was the last run
    bool badly_cut = false;     // a word has a gap as only long rows of words may have it
    bool cut_by_space = false;  // of the word that is under way
    bool spelled_out = true;    // the same
    auto operator<=>(const Path&) const = default;
  };

  void find_runs(Reading reading, char32_t vowel);
  void walk_from(std::uint32_t first);
  void walk(const Path& path);
  void follow(const Path& path, std::uint32_t state, std::uint32_t count, std::uint32_t words,
              bool ends_word);
  void judge(const Path& path);
  std::uint32_t step(std::uint32_t state, char32_t letter, bool ends_word);

  const PhraseTable& table_;
  const std::vector<bool>& enabled_;
  const std::vector<FoldedLetter>& letters_;
  std::vector<Run> runs_;
  std::uint32_t first_ = 0;       // the run where the paths begin
  std::uint32_t at_ = 0;          // the run that they read now
  std::vector<Path> paths_;       // up to it
  std::vector<Path> next_paths_;  // beyond it
  std::vector<Finding> findings_;
  std::size_t steps_ = 0;
};

}  // namespace commsd::policy
