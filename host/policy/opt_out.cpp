#include "policy/opt_out.h"

#include <cstdio>
#include <cstdlib>

#include <yaml-cpp/yaml.h>

#include "base/digest.h"
#include "base/text.h"
#include "embedded/content.h"
#include "policy/text_folding.h"

namespace commsd::policy {

namespace {

constexpr std::size_t longest_keyword = 128;  // bytes, with what stands around it

/// The letters of a message with one space between its words: case, accents, punctuation, emoji and
/// invisible characters are gone. A message of nothing else is left empty.
std::string normalise(std::string_view text) {
  std::string folded;
  for (const FoldedLetter& read : fold_phrase(text)) {
    if (read.after_space && !folded.empty()) folded += ' ';
    append_utf8(folded, read.letter);
  }
  return folded;
}

/// A word, or a list of words: each language has its own line.
void add_words(const YAML::Node& node, std::unordered_set<std::string>& words) {
  if (!node.IsSequence()) {
    words.insert(normalise(node.as<std::string>()));
    return;
  }
  for (const YAML::Node& word : node) add_words(word, words);
}

Result<std::unordered_set<std::string>> words(const YAML::Node& root, const char* name) {
  const YAML::Node list = root[name];
  if (!list || !list.IsSequence() || list.size() == 0) {
    return fail(ErrorCode::invalid_argument,
                std::string("keywords: '") + name + "' must be a list of words");
  }
  std::unordered_set<std::string> found;
  add_words(list, found);
  return found;
}

}  // namespace

Result<OptOutKeywords> OptOutKeywords::parse(std::string_view yaml) try {
  const YAML::Node root = YAML::Load(std::string(yaml));
  OptOutKeywords keywords;
  auto stop = words(root, "stop");
  if (!stop) return fail(stop.error());
  auto start = words(root, "start");
  if (!start) return fail(start.error());
  auto help = words(root, "help");
  if (!help) return fail(help.error());
  keywords.stop_ = std::move(*stop);
  keywords.start_ = std::move(*start);
  keywords.help_ = std::move(*help);
  if (const YAML::Node replies = root["replies"]) {
    keywords.stop_reply_ = replies["stop"].as<std::string>("");
    keywords.start_reply_ = replies["start"].as<std::string>("");
    keywords.help_reply_ = replies["help"].as<std::string>("");
  }
  return keywords;
} catch (const YAML::Exception& error) {
  return fail(ErrorCode::invalid_argument, std::string("keywords: ") + error.what());
}

OptOutKeywords OptOutKeywords::standard() {
  Result<OptOutKeywords> keywords = parse(embedded::content::keywords_yaml());
  if (!keywords) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", keywords.error().message.c_str());
    std::abort();
  }
  return std::move(*keywords);
}

Keyword OptOutKeywords::find(std::string_view text) const {
  if (text.size() > longest_keyword) return Keyword::none;
  const std::string word = normalise(text);
  if (word.empty()) return Keyword::none;
  if (stop_.contains(word)) return Keyword::stop;
  if (start_.contains(word)) return Keyword::start;
  if (help_.contains(word)) return Keyword::help;
  return Keyword::none;
}

const std::string& OptOutKeywords::reply(Keyword keyword) const {
  static const std::string nothing;
  switch (keyword) {
    case Keyword::stop:
      return stop_reply_;
    case Keyword::start:
      return start_reply_;
    case Keyword::help:
      return help_reply_;
    case Keyword::none:
      break;
  }
  return nothing;
}

std::string contact_hash(std::string_view key, std::string_view address) {
  return to_hex(hmac_sha256(key, to_lower_ascii(address)));
}

}  // namespace commsd::policy
