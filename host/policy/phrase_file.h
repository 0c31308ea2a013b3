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

/// invalid_argument names file, line and what is wrong.
Result<PhraseFile> read_phrases(std::string_view yaml, const std::string& name);

/// Adds all of a file under one tag; `name` is for the errors.
Result<void> add_phrases(const PhraseFile& file, const std::string& name, std::uint32_t tag,
                         PhraseMatcher& matcher);

}  // namespace commsd::policy
