#pragma once

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/phrase_file.h"
#include "policy/phrase_matcher.h"

namespace commsd::policy {

/// A matcher that may still be built: get() waits for it. Copies share it. [any thread]
using SharedMatcher = std::shared_future<PhraseMatcher>;
/// Files with their names; the place of one is the tag of its phrases.
using PhraseFiles = std::vector<std::pair<std::string, PhraseFile>>;

/// For files of an administrator, whose faults have to be told at start. invalid_argument names
/// file, line and what is wrong.
Result<SharedMatcher> build_matcher(const PhraseFiles& files);

/// For the files that ship with the server: on a thread of its own, because the tens of thousands
/// of phrases that a few lines stand for take longer than the server may take to start. Whoever
/// asks before it is done waits.
SharedMatcher build_matcher_aside(PhraseFiles files);

}  // namespace commsd::policy
