#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace commsd::mcp {

/// What of legacy sessions must be known to every process that serves them, and what modern calls
/// may use only once. [any executor]
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  struct Record {
    bool ended = false;
    std::string wishes_json;  // Session::wishes_json(); "" = none
  };
  /// Empty when nothing was ever written about the session, which is what most are.
  virtual Task<Result<std::optional<Record>>> find(std::string org_id, std::string session_id) = 0;
  /// Until `expires_at` at least. Does not revive a session that was ended.
  virtual Task<Result<void>> save(std::string org_id, std::string session_id,
                                  std::string wishes_json, UnixMillis expires_at) = 0;
  virtual Task<Result<void>> end(std::string org_id, std::string session_id,
                                 UnixMillis expires_at) = 0;

  /// True for the first who uses that state, false for everyone after.
  virtual Task<Result<bool>> use_once(std::string org_id, std::string state_id,
                                      UnixMillis expires_at) = 0;
};

}  // namespace commsd::mcp
