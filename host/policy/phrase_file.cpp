#include "policy/phrase_file.h"

#include <cstdio>
#include <cstdlib>

#include "config/schema_checker.h"
#include "config/yaml_reader.h"
#include "embedded/compliance.h"

namespace commsd::policy {
namespace {

const config::SchemaChecker& schema() {
  static const config::SchemaChecker checker = [] {
    auto parsed = config::SchemaChecker::parse(embedded::compliance::content_schema_json());
    if (!parsed) {
      // The schema is part of the program: a fault in it is a build that should not have left CI.
      std::fprintf(stderr, "commsd: content.schema.json: %s\n", parsed.error().message.c_str());
      std::abort();
    }
    return std::move(*parsed);
  }();
  return checker;
}

std::vector<PhraseFile::Line> lines_of(const config::Node& root, std::string_view key) {
  std::vector<PhraseFile::Line> lines;
  if (const config::Node* list = root.find(key)) {
    for (const config::Node& item : list->items) lines.push_back({item.string, item.line});
  }
  return lines;
}

}  // namespace

Result<PhraseFile> read_phrases(std::string_view yaml, const std::string& name) {
  std::vector<config::ConfigFault> faults;
  config::Node root = config::read_yaml(yaml, name, faults);
  schema().check(root, name, "", true, faults);
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults.front().to_string());
  PhraseFile file;
  file.category = root.find("category")->string;
  file.enabled = root.find("enabled")->boolean;
  if (const config::Node* lists = root.find("lists")) {
    for (const config::Node::Member& member : lists->members) {
      auto& words = file.lists.emplace_back(member.key, std::vector<std::string>()).second;
      for (const config::Node& word : member.value.items) words.push_back(word.string);
    }
  }
  file.phrases = lines_of(root, "phrases");
  file.exceptions = lines_of(root, "except");
  return file;
}

Result<void> add_phrases(const PhraseFile& file, const std::string& name, std::uint32_t tag,
                         PhraseMatcher& matcher) {
  const auto named = [&name](const PhraseFile::Line& line, const Error& error) {
    return fail(ErrorCode::invalid_argument, name + ":" + std::to_string(line.line) +
                                                 ": the phrase \"" + line.text + "\" " +
                                                 error.message);
  };
  for (const PhraseFile::Line& line : file.phrases) {
    if (auto added = matcher.add(line.text, file.lists, tag); !added) {
      return named(line, added.error());
    }
  }
  for (const PhraseFile::Line& line : file.exceptions) {
    if (auto added = matcher.add_exception(line.text, file.lists, tag); !added) {
      return named(line, added.error());
    }
  }
  return {};
}

}  // namespace commsd::policy
