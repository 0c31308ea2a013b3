#include "policy/phrase_matcher.h"

#include <algorithm>
#include <array>
#include <deque>

#include "policy/phrase_expansion.h"

namespace commsd::policy {
namespace {

constexpr std::array<char32_t, 5> vowels = {U'a', U'e', U'i', U'o', U'u'};
/// From so many letters in several words on, a chance meeting of words is not to be feared.
constexpr std::uint32_t long_phrase = 7;
/// Letters that are drawn out stand at least so often; two are a spelling.
constexpr std::uint32_t drawn_out = 3;

/// In a byte of a shape: the upper bit is the end of a word, the others the number of letters.
constexpr unsigned word_end = 0x80;

std::uint64_t edge(std::uint32_t state, char32_t letter) {
  return (std::uint64_t{state} << 32U) | letter;
}

}  // namespace

Result<void> PhraseMatcher::add(std::string_view phrase, const PhraseLists& lists,
                                std::uint32_t tag) {
  return add_all(phrase, lists, tag, false);
}

Result<void> PhraseMatcher::add_exception(std::string_view phrase, const PhraseLists& lists,
                                          std::uint32_t tag) {
  return add_all(phrase, lists, tag, true);
}

Result<void> PhraseMatcher::add_all(std::string_view text, const PhraseLists& lists,
                                    std::uint32_t tag, bool exception) {
  const auto expanded = expand_phrase(text, lists);
  if (!expanded) return fail(expanded.error());
  for (const std::string& plain : *expanded) {
    Phrase phrase;
    phrase.tag = tag;
    phrase.exception = exception;
    phrase.open = plain.ends_with('*');
    const std::vector<FoldedLetter> letters = fold_phrase(plain);
    if (letters.empty()) return fail(ErrorCode::invalid_argument, "has no letters");
    phrase.letters = static_cast<std::uint32_t>(letters.size());
    phrase.words = letters.back().word + 1;
    insert(letters, phrase);
  }
  return {};
}

void PhraseMatcher::insert(const std::vector<FoldedLetter>& letters, Phrase phrase) {
  phrase.shape = static_cast<std::uint32_t>(shapes_.size());
  std::uint32_t state = 0;
  for (const Run& run : runs_of(letters, Reading::first, 0)) {
    const unsigned count = std::min(run.count, word_end - 1);
    shapes_ += static_cast<char>(count | (letters[run.last].ends ? word_end : 0U));
    ++phrase.runs;
    const auto next = static_cast<std::uint32_t>(states_.size() - 1);
    const auto [known, added] = growing_.try_emplace(edge(state, run.letter), next);
    state = known->second;
    if (added) states_.emplace_back();
  }
  phrase.next = states_[state].output;
  phrases_.push_back(phrase);
  states_[state].output = static_cast<std::uint32_t>(phrases_.size());
}

void PhraseMatcher::build() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted(growing_.begin(), growing_.end());
  std::sort(sorted.begin(), sorted.end());
  growing_ = {};
  phrases_.shrink_to_fit();
  shapes_.shrink_to_fit();
  states_.shrink_to_fit();
  edges_.reserve(sorted.size());
  std::uint32_t state = 0;
  for (const auto& [key, to] : sorted) {
    while (state <= key >> 32U) {
      states_[state++].edges = static_cast<std::uint32_t>(edges_.size());
    }
    edges_.push_back({static_cast<char32_t>(key), to});
  }
  while (state < states_.size()) states_[state++].edges = static_cast<std::uint32_t>(edges_.size());

  // Breadth first: the failure link of a state needs those of the shorter ones.
  std::deque<std::uint32_t> waiting = {0};
  while (!waiting.empty()) {
    const std::uint32_t from = waiting.front();
    waiting.pop_front();
    for (std::uint32_t at = states_[from].edges; at < states_[from + 1].edges; ++at) {
      State& to = states_[edges_[at].to];
      to.fail = from == 0 ? 0 : step(states_[from].fail, edges_[at].letter);
      to.next_output = states_[to.fail].output != 0 ? to.fail : states_[to.fail].next_output;
      waiting.push_back(edges_[at].to);
    }
  }
}

std::uint32_t PhraseMatcher::child(std::uint32_t state, char32_t letter) const {
  const auto begin = edges_.begin() + states_[state].edges;
  const auto end = edges_.begin() + states_[state + 1].edges;
  const auto found = std::lower_bound(
      begin, end, letter, [](const Edge& edge, char32_t wanted) { return edge.letter < wanted; });
  return found != end && found->letter == letter ? found->to : 0;
}

std::uint32_t PhraseMatcher::step(std::uint32_t state, char32_t letter) const {
  for (;;) {
    if (const std::uint32_t next = child(state, letter); next != 0) return next;
    if (state == 0) return 0;
    state = states_[state].fail;
  }
}

std::uint32_t PhraseMatcher::count_of(const Phrase& phrase, std::size_t run) const {
  return static_cast<unsigned char>(shapes_[phrase.shape + run]) & (word_end - 1);
}

bool PhraseMatcher::ends_word(const Phrase& phrase, std::size_t run) const {
  return (static_cast<unsigned char>(shapes_[phrase.shape + run]) & word_end) != 0;
}

// A run goes on over the gap between two words only where letters are spelled out one by one:
// "k i l l" is one word, "kill lots" two.
std::vector<PhraseMatcher::Run> PhraseMatcher::runs_of(const std::vector<FoldedLetter>& letters,
                                                       Reading reading, char32_t vowel) {
  std::vector<Run> runs;
  for (std::uint32_t at = 0; at < letters.size(); ++at) {
    const FoldedLetter& read = letters[at];
    char32_t letter = reading == Reading::other && read.other != 0 ? read.other : read.letter;
    if (read.mask) letter = vowel;
    const bool spelled_out = at > 0 && read.ends && letters[at - 1].begins;
    const bool goes_on =
        !runs.empty() && runs.back().letter == letter && (!read.begins || spelled_out);
    if (goes_on) {
      ++runs.back().count;
      runs.back().last = at;
    } else {
      runs.push_back({letter, 1, at, at});
    }
  }
  return runs;
}

bool PhraseMatcher::fits(const Phrase& phrase, const std::vector<FoldedLetter>& letters,
                         const std::vector<Run>& runs, std::size_t last) const {
  const std::size_t size = phrase.runs;
  const std::size_t first = last + 1 - size;
  for (std::size_t at = 0; at < size; ++at) {
    const Run& run = runs[first + at];
    const std::uint32_t wanted = count_of(phrase, at);
    const bool spelled_out = letters[run.first].ends;
    const bool at_edge = at == 0 || at + 1 == size;
    const bool good =
        run.count == wanted || (run.count > wanted && run.count >= drawn_out) ||
        (run.count > wanted && (phrase.letters >= long_phrase || (spelled_out && at_edge)));
    if (!good) return false;
  }
  const FoldedLetter& begin = letters[runs[first].first];
  const FoldedLetter& end = letters[runs[last].last];
  if (!begin.begins || (!end.ends && !phrase.open)) return false;
  return is_cut_as_people_do(phrase, letters, runs, first);
}

// Where the text has a gap inside a word of the phrase, it was cut on purpose if it is spelled out,
// if signs and no spaces are in the gaps, or if the phrase is long. "The pen is here" is no such
// text.
bool PhraseMatcher::is_cut_as_people_do(const Phrase& phrase,
                                        const std::vector<FoldedLetter>& letters,
                                        const std::vector<Run>& runs, std::size_t first) const {
  if (phrase.words > 1 && phrase.letters >= long_phrase) return true;
  bool cut_by_space = false;
  bool spelled_out = true;
  std::size_t word_start = 0;
  for (std::size_t at = 0; at < phrase.runs; ++at) {
    const Run& run = runs[first + at];
    for (std::uint32_t letter = run.first; letter <= run.last; ++letter) {
      const bool starts_word = at == word_start && letter == run.first;
      spelled_out &= letters[letter].begins && letters[letter].ends;
      cut_by_space |= !starts_word && letters[letter].after_space;
    }
    if (!ends_word(phrase, at)) continue;
    if (cut_by_space && !spelled_out) return false;
    cut_by_space = false;
    spelled_out = true;
    word_start = at + 1;
  }
  return true;
}

void PhraseMatcher::scan(const std::vector<FoldedLetter>& letters, const std::vector<Run>& runs,
                         const std::vector<bool>& enabled, std::vector<Finding>& findings) const {
  std::uint32_t state = 0;
  for (std::size_t at = 0; at < runs.size(); ++at) {
    state = step(state, runs[at].letter);
    std::uint32_t with_output = states_[state].output != 0 ? state : states_[state].next_output;
    for (; with_output != 0; with_output = states_[with_output].next_output) {
      for (std::uint32_t index = states_[with_output].output; index != 0;
           index = phrases_[index - 1].next) {
        const Phrase& phrase = phrases_[index - 1];
        if (!enabled[phrase.tag] || !fits(phrase, letters, runs, at)) continue;
        findings.push_back(
            {runs[at + 1 - phrase.runs].first, runs[at].last, phrase.tag, phrase.exception});
      }
    }
  }
}

std::optional<std::uint32_t> PhraseMatcher::find(std::string_view text,
                                                 const std::vector<bool>& enabled) const {
  const std::vector<FoldedLetter> letters = fold_letters(text);
  if (letters.empty()) return std::nullopt;
  const auto any = [&letters](auto has) {
    return std::any_of(letters.begin(), letters.end(), has);
  };
  const bool masks = any([](const FoldedLetter& letter) { return letter.mask; });
  const bool others = any([](const FoldedLetter& letter) { return letter.other != 0; });
  std::vector<Finding> findings;
  for (const char32_t vowel : vowels) {
    scan(letters, runs_of(letters, Reading::first, vowel), enabled, findings);
    if (others) scan(letters, runs_of(letters, Reading::other, vowel), enabled, findings);
    if (!masks) break;
  }
  for (const Finding& found : findings) {
    if (found.exception) continue;
    const bool excepted = std::any_of(findings.begin(), findings.end(), [&found](const Finding& e) {
      return e.exception && e.tag == found.tag && e.from <= found.from && e.to >= found.to;
    });
    if (!excepted) return found.tag;
  }
  return std::nullopt;
}

}  // namespace commsd::policy
