#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/phrase_matcher.h"

namespace commsd::policy {

constexpr std::size_t most_expansions = 20'000;  // of one phrase; a list with a slip fails early

/// Every plain phrase that "(a|b|) c {list}" stands for. invalid_argument says what is wrong.
Result<std::vector<std::string>> expand_phrase(std::string_view phrase, const PhraseLists& lists);

}  // namespace commsd::policy
