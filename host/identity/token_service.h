#pragma once

#include <cstdint>
#include <functional>
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
#include "identity/refusal_log.h"
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

  /// What a token is limited to, beyond its role.
  struct Terms {
    std::vector<std::string> scopes;    // empty = all that the role allows
    std::vector<std::string> toolsets;  // empty = the role's usual ones
    std::optional<UnixMillis> expires_at;
    std::string audience;  // of access tokens from the authorization server, and so is grant_id
    std::string grant_id;
  };

  struct Issued {
    std::string text;  // shown once, never stored
    std::string id;
  };

  /// invalid_argument when the role and the ids do not fit together.
  static Result<void> check_owner(Role role, std::string_view org_id, std::string_view agent_id);
  /// Errors as check_owner; invalid_argument for a scope that is none of known_scopes(); not_found
  /// when there is no such organization or agent.
  Task<Result<Issued>> issue(Role role, std::string org_id, std::string agent_id, std::string label,
                             Terms terms = {});
  /// The same, unchecked, as steps of a larger unit of work; the token is valid once that is
  /// committed, and the unit is undone when there is no such organization or agent.
  Issued add_issue(store::UnitOfWork& unit, Role role, std::string org_id, std::string agent_id,
                   std::string label, const Terms& terms = {});

  /// Tokens with an audience are good only if it is among these: the addresses of this server.
  /// Call before the first verify().
  void accept_audiences(std::vector<std::string> audiences) { audiences_ = std::move(audiences); }

  /// Where it is written down that a token which was good once, or whose organization is suspended,
  /// was brought again; outlives this. Call before the first verify(); without it nothing is.
  void write_refusals_to(RefusalLog& log) { refusals_ = &log; }

  /// unauthenticated for every fault, in the same words: unknown, revoked, expired, malformed. The
  /// cause, which is not for the caller, tells those that were good once (ended_token).
  /// permission_denied for a good token of a suspended organization.
  Task<Result<Principal>> verify(std::string_view token);

  Task<Result<void>> revoke(std::string org_id, std::string token_id);
  /// Call when tokens of an agent were revoked by other means, or their organization was suspended.
  void forget_cached();
  /// Called on the revoker's thread after either, for what was begun with a token and goes on
  /// without asking again. Set once, before the first call.
  void on_revoked(std::function<void()> listener) { on_revoked_ = std::move(listener); }

 private:
  struct Cached {
    Principal principal;
    UnixMillis checked_at = 0;
    std::optional<UnixMillis> expires_at;
  };

  /// Why the token is no good now; "" when it is good.
  std::string_view fault_of(const store::Token& token, UnixMillis now) const;
  void forget(const std::string& hash);

  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  std::vector<std::string> audiences_;
  RefusalLog* refusals_ = nullptr;
  std::function<void()> on_revoked_;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  // by token hash
  std::uint64_t revocations_ = 0;                  // how often cache_ was forgotten
};

}  // namespace commsd::identity
