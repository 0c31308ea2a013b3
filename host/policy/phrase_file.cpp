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

Result<PhraseMatcher> build_matcher(const PhraseFiles& files) {
  PhraseGraph graph;
  std::uint32_t tag = 0;
  for (const auto& [name, file] : files) {
    for (const bool exception : {false, true}) {
      for (const PhraseFile::Line& line : exception ? file.exceptions : file.phrases) {
        if (auto added = graph.add(line.text, file.lists, tag, exception); !added) {
          return fail(added.error().code, name + ":" + std::to_string(line.line) +
                                              ": the phrase \"" + line.text + "\" " +
                                              added.error().message);
        }
      }
    }
    ++tag;
  }
  Result<PhraseTable> table = PhraseTable::build(graph);
  if (!table) {
    const std::string first = files.empty() ? std::string() : files.front().first + ": ";
    return fail(table.error().code, first + table.error().message);
  }
  return PhraseMatcher(std::move(*table));
}

}  // namespace commsd::policy
