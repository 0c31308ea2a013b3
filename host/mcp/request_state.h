#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"

namespace commsd::mcp {

/// The requestState of the modern protocol's multi round-trip requests (2026-07-28,
/// basic/patterns/mrtr): what this server remembers between two rounds, kept by the client.
///
/// The client is not trusted with it. The text is signed with a key derived from the session key,
/// says which call it belongs to, and expires; so any worker can go on with a call, and nobody can
/// change, lend or move it. It holds no secret: the answers in it are the client's own. [any
/// thread]
class RequestStates {
 public:
  static constexpr std::size_t max_size = std::size_t{256} * 1024;  // of the text

  RequestStates(std::string_view session_key, const Clock& clock, Random& random,
                std::chrono::seconds lifetime = std::chrono::minutes{15});

  struct State {
    std::string id;  // another one for each state
    UnixMillis expires_at = 0;
    std::vector<std::string> asked;  // keys of the questions the client was given with it
    std::shared_ptr<const JsonDocument> owner;  // of `answers`
    std::optional<JsonValue> answers;           // object: question key -> answer, of earlier rounds
  };

  /// `binding`: the call it belongs to, principal included. too_large: the answers are.
  Result<std::string> seal(std::string_view binding, const std::vector<std::string>& asked,
                           std::string_view answers_json) const;
  /// invalid_argument: malformed, changed, expired or another call's; which of these is not told.
  Result<State> open(std::string_view text, std::string_view binding) const;

 private:
  std::string key_;
  const Clock& clock_;
  Random& random_;
  std::chrono::seconds lifetime_;
};

}  // namespace commsd::mcp
