#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "mcp/client_capabilities.h"

namespace commsd::mcp {

/// Makes and checks the ids of legacy sessions. An id says by itself whose session it is, which
/// version was negotiated, what the client can do and until when it holds, and is signed; so any
/// process that has the key can take a session over. That is what keeps sessions alive across
/// restarts, after which many clients never initialize again (typescript-sdk#1708,
/// claude-code#62008). [any thread]
class SessionIds {
 public:
  struct Claims {
    std::string version;  // the negotiated protocol version
    ClientCapabilities capabilities;
    UnixMillis expires_at = 0;
  };

  /// `key`: at least 32 random bytes, kept by the caller across restarts.
  SessionIds(std::string key, const Clock& clock, Random& random, std::chrono::seconds lifetime)
      : key_(std::move(key)), clock_(clock), random_(random), lifetime_(lifetime) {}

  /// `principal_key`: identity::Principal::key(). The id is base64url, 64 characters.
  std::string make(std::string_view principal_key, std::string_view version,
                   ClientCapabilities capabilities = {}) const;

  /// Empty for an id that is malformed, forged, expired or another principal's.
  std::optional<Claims> check(std::string_view id, std::string_view principal_key) const;

 private:
  std::string key_;
  const Clock& clock_;
  Random& random_;
  std::chrono::seconds lifetime_;
};

}  // namespace commsd::mcp
