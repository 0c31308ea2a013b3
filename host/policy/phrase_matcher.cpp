#include "policy/phrase_matcher.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "policy/phrase_walk.h"

namespace commsd::policy {
namespace {

constexpr std::array<char32_t, 5> vowels = {U'a', U'e', U'i', U'o', U'u'};

/// Exceptions by where they begin, to ask whether one covers a finding without going through all.
class Exceptions {
 public:
  explicit Exceptions(const std::vector<Finding>& findings) {
    for (const Finding& found : findings) {
      if (found.exception) all_.push_back(found);
    }
    std::sort(all_.begin(), all_.end(), before);
    for (std::size_t at = 1; at < all_.size(); ++at) {
      if (all_[at].tag == all_[at - 1].tag) all_[at].to = std::max(all_[at].to, all_[at - 1].to);
    }
  }

  bool cover(const Finding& found) const {
    const auto after = std::upper_bound(all_.begin(), all_.end(), found, before);
    return after != all_.begin() && (after - 1)->tag == found.tag && (after - 1)->to >= found.to;
  }

 private:
  static bool before(const Finding& a, const Finding& b) {
    return std::tie(a.tag, a.from) < std::tie(b.tag, b.from);
  }

  std::vector<Finding> all_;  // `to` is the furthest of those of the tag up to here
};

}  // namespace

std::optional<std::uint32_t> PhraseMatcher::find(std::string_view text,
                                                 const std::vector<bool>& enabled_tags,
                                                 std::size_t* steps) const {
  const std::vector<FoldedLetter> letters = fold_letters(text);
  if (letters.empty()) return std::nullopt;
  const auto any = [&letters](auto has) {
    return std::any_of(letters.begin(), letters.end(), has);
  };
  const bool masks = any([](const FoldedLetter& letter) { return letter.mask; });
  const bool others = any([](const FoldedLetter& letter) { return letter.other != 0; });
  PhraseWalk walk(table_, enabled_tags, letters);
  for (const char32_t vowel : vowels) {
    walk.read(PhraseWalk::Reading::first, vowel);
    if (others) walk.read(PhraseWalk::Reading::other, vowel);
    if (!masks) break;
  }
  if (steps) *steps += walk.steps();
  const Exceptions exceptions(walk.findings());
  for (const Finding& found : walk.findings()) {
    if (!found.exception && !exceptions.cover(found)) return found.tag;
  }
  return std::nullopt;
}

}  // namespace commsd::policy
