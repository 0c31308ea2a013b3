#include "identity/scopes.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "embedded/oauth_data.h"

namespace commsd::identity {

namespace {

std::vector<Scope> read_scopes() {
  std::vector<Scope> scopes;
  for (const embedded::File& file : embedded::oauth_data::files()) {
    if (file.name != "scopes.json") continue;
    const auto document = JsonDocument::parse(file.text);
    if (!document) break;
    document->root().each([&](JsonValue scope) {
      scopes.push_back({std::string(scope.string("name").value_or("")),
                        std::string(scope.string("title").value_or(""))});
    });
  }
  return scopes;
}

}  // namespace

const std::vector<Scope>& known_scopes() {
  static const std::vector<Scope> scopes = read_scopes();
  return scopes;
}

Result<void> check_scopes(const std::vector<std::string>& scopes) {
  const auto& known = known_scopes();
  for (const std::string& scope : scopes) {
    const auto same = [&](const Scope& one) { return one.name == scope; };
    if (std::any_of(known.begin(), known.end(), same)) continue;
    std::string message = "there is no scope '" + scope.substr(0, 64) + "'; there are";
    for (const Scope& one : known) message += (&one == &known.front() ? " " : ", ") + one.name;
    return fail(ErrorCode::invalid_argument, std::move(message));
  }
  return {};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) continue;
    words.emplace_back(word);
  }
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace commsd::identity
