#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/phrase_table.h"
#include "policy/text_folding.h"

namespace commsd::policy {

/// Finds any of many phrases in a text, however they are spelled. Phrases count as whole words:
/// they begin and end where words do, so the table is walked from every word of the folded text.
/// What stands between the letters does not matter ("k.i.l.l", "k i l l"), nor do letters that are
/// drawn out ("killlll").
///
/// The work is bounded: a text is read at most ten times (a star in a word is tried as each of five
/// vowels, a digit as both letters it may stand for). Each reading goes from each of its words no
/// further than the longest phrase, and side by side it follows only what the phrases of the lists
/// spell differently there ("iwill", "i will", "ii will"): never more than the table has states,
/// times the few marks of a path. So the steps for a letter are a number of the lists and not of
/// the text; a test holds it for those that ship (at most 5 for a letter and reading). [any thread]
class PhraseMatcher {
 public:
  PhraseMatcher() = default;
  explicit PhraseMatcher(PhraseTable table) : table_(std::move(table)) {}

  /// The tag of the first finding of an enabled tag that is in no exception of this tag; nullopt =
  /// none. Adds to `steps`, where given, how often an edge was looked for.
  std::optional<std::uint32_t> find(std::string_view text, const std::vector<bool>& enabled_tags,
                                    std::size_t* steps = nullptr) const;

  const PhraseTable& table() const { return table_; }

 private:
  PhraseTable table_;
};

}  // namespace commsd::policy
