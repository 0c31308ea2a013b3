#include "policy/phrase_walk.h"

#include <algorithm>
#include <tuple>

namespace commsd::policy {
namespace {

/// From so many letters in several words on, a chance meeting of words is not to be feared.
constexpr std::uint32_t long_phrase = 7;
constexpr std::uint32_t several_words = 2;
/// Letters that are drawn out stand at least so often; two are a spelling.
constexpr std::uint32_t drawn_out = 3;
/// So many paths side by side are followed without looking for equal ones.
constexpr std::size_t few_paths = 16;

}  // namespace

void PhraseWalk::read(Reading reading, char32_t vowel) {
  find_runs(reading, vowel);
  const std::size_t before = findings_.size();
  for (std::uint32_t run = 0; run < runs_.size(); ++run) {
    if (letters_[runs_[run].first].begins) walk_from(run);
  }
  std::sort(findings_.begin() + static_cast<std::ptrdiff_t>(before), findings_.end(),
            [](const Finding& a, const Finding& b) {
              return std::tie(a.to, a.from, b.tag) < std::tie(b.to, b.from, a.tag);
            });
}

// A run goes on over the gap between two words only where letters are spelled out one by one:
// "k i l l" is one word, "kill lots" two. Phrases are read the same way, by walk().
void PhraseWalk::find_runs(Reading reading, char32_t vowel) {
  runs_.clear();
  for (std::uint32_t at = 0; at < letters_.size(); ++at) {
    const FoldedLetter& read = letters_[at];
    char32_t letter = reading == Reading::other && read.other != 0 ? read.other : read.letter;
    if (read.mask) letter = vowel;
    const bool alone = read.begins && read.ends;
    const bool goes_on = !runs_.empty() && runs_.back().letter == letter &&
                         (!read.begins || (alone && letters_[at - 1].begins));
    if (goes_on) {
      Run& run = runs_.back();
      ++run.count;
      run.last = at;
      run.spelled_out &= alone;
      run.cut_inside |= read.after_space;
    } else {
      runs_.push_back({letter, 1, at, at, alone, false});
    }
  }
}

void PhraseWalk::walk_from(std::uint32_t first) {
  first_ = first;
  next_paths_.assign(1, {table_.root()});
  for (at_ = first; at_ < runs_.size() && !next_paths_.empty(); ++at_) {
    paths_.swap(next_paths_);
    next_paths_.clear();
    for (const Path& path : paths_) walk(path);
    if (next_paths_.size() > few_paths) {
      std::sort(next_paths_.begin(), next_paths_.end());
      next_paths_.erase(std::unique(next_paths_.begin(), next_paths_.end()), next_paths_.end());
    }
  }
}

// A run of the text may be read as fewer letters of the phrase, but not as fewer than the phrase
// has there: a row of the same letter in a word of the phrase, or of words that are only this
// letter, is one run.
void PhraseWalk::walk(const Path& path) {
  const Run& run = runs_[at_];
  const bool same_letter = path.letters > 0 && runs_[at_ - 1].letter == run.letter;
  if (same_letter && !path.at_word_start) return;
  const bool singles = path.at_word_start && !(same_letter && path.after_single);
  std::uint32_t state = path.state;
  for (std::uint32_t count = 1; count <= run.count; ++count) {
    if (count > 1 || !path.at_word_start) {
      follow(path, step(state, run.letter, true), count, 1, true);
    }
    state = step(state, run.letter, false);
    if (state == PhraseTable::none) break;
    follow(path, state, count, 0, false);
  }
  state = path.state;
  for (std::uint32_t count = 1; singles && count <= run.count; ++count) {
    state = step(state, run.letter, true);
    if (state == PhraseTable::none) break;
    follow(path, state, count, count, true);
  }
}

void PhraseWalk::follow(const Path& path, std::uint32_t state, std::uint32_t count,
                        std::uint32_t words, bool ends_word) {
  if (state == PhraseTable::none) return;
  const Run& run = runs_[at_];
  Path next = path;
  next.state = state;
  next.letters = std::min(path.letters + count, long_phrase);
  next.words = std::min(path.words + words, several_words);
  next.only_if_long |= path.doubled_last;
  next.doubled_last = false;
  if (count < run.count && run.count < drawn_out) {
    const bool stands_alone = letters_[run.first].ends;
    next.only_if_long |= !stands_alone;
    next.doubled_last = stands_alone && path.letters > 0;
  }
  next.cut_by_space |= run.cut_inside || (!path.at_word_start && letters_[run.first].after_space);
  next.spelled_out &= run.spelled_out;
  next.at_word_start = ends_word;
  next.after_single = path.at_word_start && words == count;
  if (ends_word) {
    next.badly_cut |= next.cut_by_space && !next.spelled_out;
    next.cut_by_space = false;
    next.spelled_out = true;
    judge(next);
  }
  next_paths_.push_back(next);
}

// Where the text has a gap inside a word of the phrase, it was cut on purpose if it is spelled out,
// if signs and no spaces are in the gaps, or if the phrase is long. "The pen is here" is no such
// text.
void PhraseWalk::judge(const Path& path) {
  const bool is_long = path.letters >= long_phrase;
  if (path.only_if_long && !is_long) return;
  if (path.badly_cut && !(is_long && path.words >= several_words)) return;
  const std::uint32_t last = runs_[at_].last;
  for (const PhraseTable::Outcome& outcome : table_.outcomes(path.state)) {
    if (!enabled_[outcome.tag] || (!letters_[last].ends && !outcome.open)) continue;
    findings_.push_back({runs_[first_].first, last, outcome.tag, outcome.exception});
  }
}

std::uint32_t PhraseWalk::step(std::uint32_t state, char32_t letter, bool ends_word) {
  ++steps_;
  return table_.step(state, letter, ends_word);
}

}  // namespace commsd::policy
