#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/phrase_matcher.h"

namespace commsd::policy {

/// A file of phrases (schema/content.schema.json).
struct PhraseFile {
  struct Line {
    std::string text;
    int line = 0;
  };
  std::string category;
  bool enabled = true;
  PhraseLists lists;
  std::vector<Line> phrases;
  std::vector<Line> exceptions;
};

/// Files with their names; the place of one is the tag of its phrases.
using PhraseFiles = std::vector<std::pair<std::string, PhraseFile>>;

/// invalid_argument names file, line and what is wrong.
Result<PhraseFile> read_phrases(std::string_view yaml, const std::string& name);

/// A matcher of all phrases of the files. invalid_argument names file, line and what is wrong.
Result<PhraseMatcher> build_matcher(const PhraseFiles& files);

}  // namespace commsd::policy
