#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/issuer_keys.h"
#include "identity/principal.h"
#include "store/store.h"

namespace commsd::identity {

/// How access tokens of an external issuer are judged.
struct JwtRules {
  std::string issuer;  // must be the token's `iss`, byte for byte
  std::vector<std::string>
      audiences;          // one of these must be in `aud`: the addresses of this server
  bool any_type = false;  // false: `typ` must be at+jwt (RFC 9068), which ID tokens never have
  /// Claims that name organization and agent; "" = only bound subjects (oauth_subjects) count.
  std::string organization_claim;
  std::string agent_claim;
};

/// Judges JWT access tokens (RFC 9068, RFC 8725) and says whom they speak for: the organization and
/// agent that the configured claims name, else those that the subject is bound to. Their scopes are
/// the `scope` (or `scp`) claim; a token without any may do only what needs no scope. [any
/// executor]
class JwtVerifier {
 public:
  /// Clocks of two machines may differ by so much.
  static constexpr std::int64_t skew_seconds = 60;
  static constexpr std::size_t longest_token = 8192;

  JwtVerifier(store::Store& store, const Clock& clock, IssuerKeys& keys, JwtRules rules)
      : store_(store), clock_(clock), keys_(keys), rules_(std::move(rules)) {}

  /// unauthenticated in the same words for every fault, with the reason as cause for the log;
  /// unavailable when the keys or the store cannot be had.
  Task<Result<Principal>> verify(std::string_view token);

 private:
  struct Claims;
  Task<Result<Principal>> principal_of(Claims claims);

  store::Store& store_;
  const Clock& clock_;
  IssuerKeys& keys_;
  JwtRules rules_;
};

/// Whether it has the form of a JWT: three parts between dots. Ours never have.
bool looks_like_jwt(std::string_view token);

}  // namespace commsd::identity
