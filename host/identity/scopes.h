#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::identity {

/// What a token can be limited to. Data: schema/oauth/scopes.json.
struct Scope {
  std::string name;   // "comms:send"
  std::string title;  // for the person who consents
};

/// In the order of the file: from what does least. [any thread]
const std::vector<Scope>& known_scopes();

/// invalid_argument names the first that is not known, and all that are.
Result<void> check_scopes(const std::vector<std::string>& scopes);

/// Words between single spaces, the form of RFC 6749 section 3.3; split_words takes any number of
/// spaces and drops repetitions.
std::vector<std::string> split_words(std::string_view text);
std::string join_words(const std::vector<std::string>& words);

}  // namespace commsd::identity
