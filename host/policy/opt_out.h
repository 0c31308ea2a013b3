#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"

namespace commsd::policy {

enum class Keyword { none, stop, start, help };

/// Finds STOP, START and HELP in inbound messages. The words and the replies are data
/// (config/content/keywords.yaml). Matching is on the whole message: "please stop by at noon" is
/// no opt-out. [any thread]
class OptOutKeywords {
 public:
  /// invalid_argument names the line and what is wrong with it.
  static Result<OptOutKeywords> parse(std::string_view yaml);
  /// The words that ship with the server.
  static OptOutKeywords standard();

  /// `text` is normalised first: trimmed, case-folded, and without punctuation or quotes.
  Keyword find(std::string_view text) const;

  /// What is sent back once; "" for none.
  const std::string& reply(Keyword keyword) const;

 private:
  std::unordered_set<std::string> stop_;
  std::unordered_set<std::string> start_;
  std::unordered_set<std::string> help_;
  std::string stop_reply_;
  std::string start_reply_;
  std::string help_reply_;
};

/// How a contact's address is written in the suppression list: a keyed hash, so that the list
/// survives erasure of the person's data without naming anybody.
std::string contact_hash(std::string_view key, std::string_view address);

}  // namespace commsd::policy
