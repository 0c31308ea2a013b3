#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/task.h"
#include "identity/oauth_clients.h"
#include "identity/oauth_error.h"
#include "identity/token_service.h"
#include "store/audit_log.h"
#include "store/oauth_repository.h"
#include "store/store.h"

namespace commsd::identity {

/// Parameters of a request, each once.
using OauthParameters = std::map<std::string, std::string, std::less<>>;

struct AuthorizationRules {
  std::string issuer;  // our public address
  /// What tokens may be asked for: addresses of this server, at least one. The first stands for
  /// requests that name none.
  std::vector<std::string> resources;
  std::vector<std::string> default_scopes;  // for a request that names none
  UnixMillis access_lifetime = 15 * 60'000;
  UnixMillis refresh_lifetime = 30 * 24 * 3'600'000LL;  // from one use to the next
};

/// The authorization server's rules (OAuth 2.1 draft 13, RFC 7636, 8707, 9207, 7009): from a
/// client's request over a person's consent to tokens. No state in memory: every step is a row, so
/// any worker serves any step. [any executor]
///
/// Two secrets may come back twice, a code and a refresh token. Both times someone who is not the
/// client may hold one, and nobody can tell who; so the whole grant ends (OAuth 2.1, sections 4.1.3
/// and 4.3.1).
class AuthorizationService {
 public:
  static constexpr UnixMillis code_lifetime = 60'000;
  static constexpr UnixMillis approval_lifetime = 10 * 60'000;
  static constexpr UnixMillis grant_lifetime = 365 * 24 * 3'600'000LL;

  AuthorizationService(store::Store& store, TokenService& tokens, OauthClients& clients,
                       store::AuditLog& audit, const Clock& clock, Random& random, const Ids& ids,
                       AuthorizationRules rules)
      : store_(store),
        tokens_(tokens),
        clients_(clients),
        audit_(audit),
        clock_(clock),
        random_(random),
        ids_(ids),
        rules_(std::move(rules)) {}

  /// A request that may be shown to a person.
  struct Request {
    OauthClientInfo client;
    std::string redirect_uri;
    std::string state;
    std::string code_challenge;
    std::string resource;
    std::vector<std::string> scopes;
  };
  /// Why it may not. With a redirect_uri the client is told, without one only the person: an
  /// address that is not the client's must not be sent anywhere (OAuth 2.1, section 4.1.2.1).
  struct Refusal {
    OauthError error;
    std::string redirect_uri;
    std::string state;
  };
  Task<tl::expected<Request, Refusal>> check(OauthParameters parameters);

  /// `credential` is a token of an organization or an agent, or a one-time code of approve(). The
  /// result is an authorization code. access_denied: the credential is not good.
  Task<OauthResult<std::string>> consent(Request request, std::string credential);

  /// A one-time code that stands in for a token at consent(). `scopes` empty: all.
  Task<Result<std::string>> approve(Role role, std::string org_id, std::string agent_id,
                                    std::vector<std::string> scopes);

  struct Tokens {
    std::string access_token;
    std::string refresh_token;
    std::string scope;
    std::int64_t expires_in = 0;  // seconds
  };
  /// The token endpoint: grant types authorization_code and refresh_token.
  Task<OauthResult<Tokens>> token(OauthParameters parameters);

  /// RFC 7009: a refresh token ends its grant, an access token too. What is unknown is no error.
  Task<OauthResult<void>> revoke(OauthParameters parameters);

  /// Forgets what ended more than a day ago.
  Task<Result<void>> purge();

  const AuthorizationRules& rules() const { return rules_; }

 private:
  Task<OauthResult<Tokens>> exchange_code(OauthParameters parameters);
  Task<OauthResult<Tokens>> refresh(OauthParameters parameters);
  Task<OauthResult<Tokens>> issue(store::UnitOfWork unit, store::OauthGrant grant,
                                  std::string action);
  Task<void> end_grant(store::OauthGrant grant, std::string why);
  OauthResult<Principal> still_stands(const store::OauthGrant& grant) const;
  Task<OauthResult<Principal>> approved_by(std::string credential, store::UnitOfWork& unit);
  std::string secret(std::string_view prefix);

  store::Store& store_;
  TokenService& tokens_;
  OauthClients& clients_;
  store::AuditLog& audit_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  AuthorizationRules rules_;
};

/// The address an authorization response goes to: `uri` with these parameters, escaped.
std::string with_parameters(std::string_view uri,
                            const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace commsd::identity
