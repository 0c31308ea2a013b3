#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::identity {

/// Makes and checks bearer tokens: "cmd_live_<id>_<secret>_<check>". The prefix and the check
/// digits let secret scanners find a leaked one; 256 random bits let the store keep a plain
/// SHA-256 of it (a slow hash guards short secrets, and these are not). [any executor]
class TokenService {
 public:
  TokenService(store::Store& store, const Clock& clock, Random& random, const Ids& ids)
      : store_(store), clock_(clock), random_(random), ids_(ids) {}

  struct Issued {
    std::string text;  // shown once, never stored
    std::string id;
  };

  /// invalid_argument when the role and the ids do not fit together.
  Task<Result<Issued>> issue(Role role, std::string org_id, std::string agent_id,
                             std::string label);
  /// The same as steps of a larger unit of work; the token is valid once that is committed.
  Issued add_issue(store::UnitOfWork& unit, Role role, std::string org_id, std::string agent_id,
                   std::string label);

  /// unauthenticated for every fault, in the same words: unknown, revoked, expired, malformed.
  Task<Result<Principal>> verify(std::string_view token);

  Task<Result<void>> revoke(std::string org_id, std::string token_id);
  /// Call when tokens of an agent were revoked by other means.
  void forget_cached();

 private:
  struct Cached {
    Principal principal;
    UnixMillis checked_at = 0;
    std::optional<UnixMillis> expires_at;
  };

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  // by token hash
  std::uint64_t revocations_ = 0;                  // how often cache_ was forgotten
};

}  // namespace commsd::identity
