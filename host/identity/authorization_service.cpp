#include "identity/authorization_service.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "identity/redirect_uri.h"
#include "identity/scopes.h"
#include "telemetry/log.h"

namespace commsd::identity {

namespace {

using Request = AuthorizationService::Request;
using Refusal = AuthorizationService::Refusal;

constexpr std::size_t longest_state = 2048;

std::string value_of(const OauthParameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

/// RFC 7636, section 4.1: 43 to 128 unreserved characters.
bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && percent_encode(text) == text;
}

/// The base64url form of a SHA-256.
bool is_challenge(std::string_view text) {
  const auto digest = base64url_decode(text);
  return digest && digest->size() == 32;
}

std::string challenge_of(std::string_view verifier) {
  const Sha256 digest = sha256(verifier);
  return base64url_encode(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

/// "https://host/mcp" and "https://host/mcp/" are one resource.
std::string without_slash(std::string text) {
  if (text.ends_with('/')) text.pop_back();
  return text;
}

OauthError invalid_grant(std::string why) {
  return {"invalid_grant", std::move(why)};
}

std::string approval_hash(std::string_view typed) {
  std::string plain;
  for (const char c : to_lower_ascii(typed)) {
    if (c != '-' && c != ' ') plain += c;
  }
  return sha256_hex("approval:" + plain);
}

}  // namespace

std::string with_parameters(std::string_view uri,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text(uri);
  char separator = text.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += separator + name + '=' + percent_encode(value);
    separator = '&';
  }
  return text;
}

std::string AuthorizationService::secret(std::string_view prefix) {
  std::array<std::uint8_t, 32> noise{};
  random_.fill(noise);
  return std::string(prefix) + base64url_encode(std::string_view(
                                   reinterpret_cast<const char*>(noise.data()), noise.size()));
}

Task<tl::expected<Request, Refusal>> AuthorizationService::check(OauthParameters parameters) {
  Refusal refusal;
  const auto refuse = [&refusal](std::string code, std::string description) {
    refusal.error = {std::move(code), std::move(description)};
    return tl::unexpected<Refusal>(refusal);
  };
  Task<OauthResult<OauthClientInfo>> finding = clients_.find(value_of(parameters, "client_id"));
  OauthResult<OauthClientInfo> client = co_await std::move(finding);
  if (!client) co_return refuse(client.error().code, client.error().description);
  Request request;
  request.client = std::move(*client);
  request.redirect_uri = value_of(parameters, "redirect_uri");
  const auto& registered = request.client.redirect_uris;
  if (request.redirect_uri.empty() && registered.size() == 1) {
    request.redirect_uri = registered.front();
  }
  const auto same = [&](const std::string& one) {
    return same_redirect_uri(one, request.redirect_uri);
  };
  if (std::none_of(registered.begin(), registered.end(), same)) {
    co_return refuse("invalid_request",
                     "redirect_uri is none of the addresses that the client registered");
  }

  // From here on the client may be told.
  refusal.redirect_uri = request.redirect_uri;
  request.state = value_of(parameters, "state");
  if (request.state.size() > longest_state)
    co_return refuse("invalid_request", "state is too long");
  refusal.state = request.state;
  if (value_of(parameters, "response_type") != "code") {
    co_return refuse("unsupported_response_type", "response_type must be code");
  }
  request.code_challenge = value_of(parameters, "code_challenge");
  if (value_of(parameters, "code_challenge_method") != "S256" ||
      !is_challenge(request.code_challenge)) {
    co_return refuse("invalid_request", "code_challenge of the method S256 is required (RFC 7636)");
  }
  request.resource = without_slash(value_of(parameters, "resource"));
  // Not all clients send it, and there is but one server that the token could be for.
  if (request.resource.empty()) request.resource = rules_.resources.front();
  if (std::find(rules_.resources.begin(), rules_.resources.end(), request.resource) ==
      rules_.resources.end()) {
    co_return refuse("invalid_target", "resource must be the address of this server (RFC 8707)");
  }
  const std::string asked = value_of(parameters, "scope");
  for (const std::string& scope : split_words(asked)) {
    // Others are ignored (RFC 6749, section 3.3): clients ask for offline_access on the chance.
    if (check_scopes({scope})) request.scopes.push_back(scope);
  }
  if (split_words(asked).empty()) request.scopes = rules_.default_scopes;
  if (request.scopes.empty()) {
    co_return refuse("invalid_scope", "none of the scopes asked for is known here");
  }
  co_return request;
}

Task<OauthResult<Principal>> AuthorizationService::approved_by(std::string credential,
                                                               store::UnitOfWork& unit) {
  const auto denied = [] {
    return oauth_fail("access_denied", "the token or code is wrong, used or expired");
  };
  credential = trim(credential);
  if (credential.starts_with("cmd_")) {
    Task<Result<Principal>> verifying = tokens_.verify(credential);
    Result<Principal> principal = co_await std::move(verifying);
    if (!principal && principal.error().code != ErrorCode::unauthenticated) {
      co_return oauth_unavailable();
    }
    if (!principal) co_return denied();
    // An orchestrator's token is too much to hand on, and what a client got it cannot hand on.
    if (principal->role == Role::orchestrator || !principal->grant_id.empty()) co_return denied();
    co_return std::move(*principal);
  }
  const std::string hash = approval_hash(credential);
  const UnixMillis now = clock_.now();
  const store::OauthRepository repository(store_);
  auto found = co_await repository.find_approval(hash, now);
  if (!found) co_return oauth_unavailable();
  if (!*found) co_return denied();
  const store::OauthApproval& approval = **found;
  Principal principal;
  principal.role = approval.role == "agent" ? Role::agent : Role::organization;
  principal.org_id = approval.org_id;
  principal.agent_id = approval.agent_id;
  if (!approval.scopes.empty()) principal.scopes = split_words(approval.scopes);
  store::OauthRepository::add_use_approval(unit, approval.org_id, hash, now);
  co_return principal;
}

Task<OauthResult<std::string>> AuthorizationService::consent(Request request,
                                                             std::string credential) {
  store::UnitOfWork unit;
  Task<OauthResult<Principal>> approving = approved_by(std::move(credential), unit);
  OauthResult<Principal> principal = co_await std::move(approving);
  if (!principal) co_return tl::unexpected<OauthError>(principal.error());
  std::erase_if(request.scopes, [&](const std::string& one) { return !principal->may(one); });
  if (request.scopes.empty()) {
    co_return oauth_fail("invalid_scope", "the token has none of the scopes asked for");
  }
  const UnixMillis now = clock_.now();
  store::OauthGrant grant;
  grant.id = ids_.make("grt");
  grant.client_id = request.client.id;
  grant.org_id = principal->org_id;
  grant.agent_id = principal->agent_id;
  grant.role = to_string(principal->role);
  grant.scopes = join_words(request.scopes);
  grant.toolsets = join_words(principal->toolsets);
  grant.resource = request.resource;
  grant.source_token_id = principal->token_id;
  grant.created_at = now;
  grant.expires_at = now + grant_lifetime;
  const std::string code = secret("cmd_code_");
  store::OauthRepository::add_create_grant(unit, grant);
  store::OauthRepository::add_create_code(unit, sha256_hex(code), grant.id, request.redirect_uri,
                                          request.code_challenge, now + code_lifetime);
  store::OauthRepository::add_keep_client(unit, grant.client_id, now + OauthClients::used_lifetime);
  JsonWriter details;
  details.begin_object().field("client", grant.client_id).field("scopes", grant.scopes);
  details.end_object();
  const std::string actor = grant.source_token_id.empty() ? "one-time code" : grant.source_token_id;
  audit_.add_entry(unit, {grant.org_id, actor, "oauth_consented", grant.id, details.take()});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return oauth_unavailable();
  if (!saved->committed) {
    co_return oauth_fail("access_denied", "the token or code is wrong, used or expired");
  }
  co_return code;
}

Task<Result<std::string>> AuthorizationService::approve(Role role, std::string org_id,
                                                        std::string agent_id,
                                                        std::vector<std::string> scopes) {
  const bool fits =
      !org_id.empty() && (role == Role::agent) == !agent_id.empty() && role != Role::orchestrator;
  if (!fits) {
    co_return fail(ErrorCode::invalid_argument,
                   "a code is for an agent, or for an organization; clients get no more than that");
  }
  if (Result<void> known = check_scopes(scopes); !known) co_return fail(known.error());
  std::array<std::uint8_t, 16> noise{};
  random_.fill(noise);
  // 16 of 32 letters: 80 bits, without those that look alike.
  std::string code;
  for (const std::uint8_t byte : noise) {
    if (!code.empty() && code.size() % 5 == 4) code += '-';
    code += std::string_view("abcdefghjkmnpqrstuvwxyz023456789")[byte % 32];
  }
  store::UnitOfWork unit;
  store::OauthApproval approval{org_id, agent_id, std::string(to_string(role)), join_words(scopes)};
  store::OauthRepository::add_create_approval(unit, approval_hash(code), approval,
                                              clock_.now() + approval_lifetime);
  audit_.add_entry(
      unit, {org_id, "commsctl", "oauth_approved", agent_id.empty() ? org_id : agent_id, ""});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no such organization");
  co_return code;
}

OauthResult<Principal> AuthorizationService::still_stands(const store::OauthGrant& grant) const {
  const UnixMillis now = clock_.now();
  if (grant.revoked_at || grant.expires_at <= now) {
    return oauth_fail("invalid_grant", "the grant is revoked or expired");
  }
  if (grant.source_revoked_at || grant.source_expires_at.value_or(now + 1) <= now) {
    return oauth_fail("invalid_grant", "the token that was used to consent has ended");
  }
  if (!grant.agent_id.empty() && grant.agent_status == "deprovisioned") {
    return oauth_fail("invalid_grant", "the agent is deprovisioned");
  }
  Principal principal;
  principal.role = grant.role == "agent" ? Role::agent : Role::organization;
  principal.org_id = grant.org_id;
  principal.agent_id = grant.agent_id;
  return principal;
}

Task<OauthResult<AuthorizationService::Tokens>> AuthorizationService::token(
    OauthParameters parameters) {
  const std::string type = value_of(parameters, "grant_type");
  if (type == "authorization_code") {
    Task<OauthResult<Tokens>> exchanging = exchange_code(std::move(parameters));
    co_return co_await std::move(exchanging);
  }
  if (type == "refresh_token") {
    Task<OauthResult<Tokens>> refreshing = refresh(std::move(parameters));
    co_return co_await std::move(refreshing);
  }
  co_return oauth_fail("unsupported_grant_type",
                       "grant_type must be authorization_code or refresh_token");
}

Task<OauthResult<AuthorizationService::Tokens>> AuthorizationService::exchange_code(
    OauthParameters parameters) {
  const auto refuse = [](std::string why) {
    return tl::unexpected<OauthError>(invalid_grant(std::move(why)));
  };
  const std::string hash = sha256_hex(value_of(parameters, "code"));
  const store::OauthRepository repository(store_);
  auto found = co_await repository.find_code(hash);
  if (!found) co_return oauth_unavailable();
  if (!*found) co_return refuse("the code is unknown or expired");
  const store::OauthCredential code = std::move(**found);
  if (code.grant.client_id != value_of(parameters, "client_id")) {
    co_return refuse("the code was issued to another client");
  }
  if (code.used_at) {
    Task<void> ending = end_grant(code.grant, "code_replayed");
    co_await std::move(ending);
    co_return refuse("the code was used before; all that came of it is revoked");
  }
  const UnixMillis now = clock_.now();
  if (code.expires_at <= now) co_return refuse("the code is unknown or expired");
  // OAuth 2.1 has dropped redirect_uri here; clients of OAuth 2.0 send it and it must fit then.
  const std::string redirect_uri = value_of(parameters, "redirect_uri");
  if (!redirect_uri.empty() && redirect_uri != code.redirect_uri) {
    co_return refuse("redirect_uri is not the one that the code was sent to");
  }
  const std::string verifier = value_of(parameters, "code_verifier");
  if (!is_verifier(verifier) || !constant_time_equal(challenge_of(verifier), code.code_challenge)) {
    co_return refuse("code_verifier does not fit code_challenge");
  }
  const std::string resource = without_slash(value_of(parameters, "resource"));
  if (!resource.empty() && resource != code.grant.resource) {
    co_return oauth_fail("invalid_target", "resource is not the one that was consented to");
  }
  OauthResult<Principal> principal = still_stands(code.grant);
  if (!principal) co_return tl::unexpected<OauthError>(principal.error());
  store::UnitOfWork unit;
  store::OauthRepository::add_use_code(unit, hash, now);
  Task<OauthResult<Tokens>> issuing = issue(std::move(unit), code.grant, "oauth_tokens_issued");
  OauthResult<Tokens> tokens = co_await std::move(issuing);
  if (!tokens && tokens.error().code == "invalid_grant") {
    // Somebody used it in between.
    Task<void> ending = end_grant(code.grant, "code_replayed");
    co_await std::move(ending);
  }
  co_return tokens;
}

Task<OauthResult<AuthorizationService::Tokens>> AuthorizationService::refresh(
    OauthParameters parameters) {
  const auto refuse = [](std::string why) {
    return tl::unexpected<OauthError>(invalid_grant(std::move(why)));
  };
  const std::string hash = sha256_hex(value_of(parameters, "refresh_token"));
  const store::OauthRepository repository(store_);
  auto found = co_await repository.find_refresh_token(hash);
  if (!found) co_return oauth_unavailable();
  if (!*found) co_return refuse("the refresh token is unknown or expired");
  store::OauthCredential token = std::move(**found);
  if (token.grant.client_id != value_of(parameters, "client_id")) {
    co_return refuse("the refresh token was issued to another client");
  }
  if (token.used_at) {
    Task<void> ending = end_grant(token.grant, "refresh_token_replayed");
    co_await std::move(ending);
    co_return refuse("the refresh token was used before; all tokens of its grant are revoked");
  }
  const UnixMillis now = clock_.now();
  if (token.expires_at <= now) co_return refuse("the refresh token is unknown or expired");
  const std::string resource = without_slash(value_of(parameters, "resource"));
  if (!resource.empty() && resource != token.grant.resource) {
    co_return oauth_fail("invalid_target", "resource is not the one that was consented to");
  }
  OauthResult<Principal> principal = still_stands(token.grant);
  if (!principal) co_return tl::unexpected<OauthError>(principal.error());
  const std::vector<std::string> granted = split_words(token.grant.scopes);
  const std::vector<std::string> asked = split_words(value_of(parameters, "scope"));
  for (const std::string& scope : asked) {
    // More than was consented to needs consent; what we never know of is ignored as before.
    if (check_scopes({scope}) &&
        std::find(granted.begin(), granted.end(), scope) == granted.end()) {
      co_return oauth_fail("invalid_scope", "a scope asked for was not consented to");
    }
  }
  store::UnitOfWork unit;
  store::OauthRepository::add_use_refresh_token(unit, hash, now);
  Task<OauthResult<Tokens>> issuing = issue(std::move(unit), token.grant, "oauth_tokens_refreshed");
  OauthResult<Tokens> tokens = co_await std::move(issuing);
  if (!tokens && tokens.error().code == "invalid_grant") {
    Task<void> ending = end_grant(token.grant, "refresh_token_replayed");
    co_await std::move(ending);
  }
  co_return tokens;
}

Task<OauthResult<AuthorizationService::Tokens>> AuthorizationService::issue(store::UnitOfWork unit,
                                                                            store::OauthGrant grant,
                                                                            std::string action) {
  const UnixMillis now = clock_.now();
  store::OauthRepository::add_require_grant(unit, grant, now);
  TokenService::Terms terms;
  terms.scopes = split_words(grant.scopes);
  terms.toolsets = split_words(grant.toolsets);
  const UnixMillis source_end = grant.source_expires_at.value_or(grant.expires_at);
  terms.expires_at = std::min({now + rules_.access_lifetime, grant.expires_at, source_end});
  terms.audience = grant.resource;
  terms.grant_id = grant.id;
  const Role role = grant.role == "agent" ? Role::agent : Role::organization;
  const TokenService::Issued access =
      tokens_.add_issue(unit, role, grant.org_id, grant.agent_id, "oauth", terms);
  Tokens tokens;
  tokens.access_token = access.text;
  tokens.refresh_token = secret("cmd_refresh_");
  tokens.scope = grant.scopes;
  tokens.expires_in = (*terms.expires_at - now) / 1000;
  store::OauthRepository::add_create_refresh_token(
      unit, sha256_hex(tokens.refresh_token), grant.id, now,
      std::min(now + rules_.refresh_lifetime, grant.expires_at));
  audit_.add_entry(unit, {grant.org_id, grant.id, std::move(action), access.id, ""});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return oauth_unavailable();
  if (!saved->committed) {
    co_return oauth_fail("invalid_grant", "it was used or revoked in the meantime");
  }
  co_return tokens;
}

Task<void> AuthorizationService::end_grant(store::OauthGrant grant, std::string why) {
  store::UnitOfWork unit;
  store::OauthRepository::add_revoke_grant(unit, grant, clock_.now());
  audit_.add_entry(unit, {grant.org_id, grant.client_id, "oauth_grant_revoked", grant.id,
                          R"({"reason":")" + why + R"("})"});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved || !saved->committed) {
    log::error("oauth_grant_not_revoked", {{"grant", grant.id}, {"reason", why}});
  }
  tokens_.forget_cached();
}

Task<OauthResult<void>> AuthorizationService::revoke(OauthParameters parameters) {
  const std::string token = value_of(parameters, "token");
  if (token.empty()) co_return oauth_fail("invalid_request", "token is missing");
  const store::OauthRepository repository(store_);
  std::optional<store::OauthGrant> grant;
  if (token.starts_with("cmd_live_")) {
    Task<Result<Principal>> verifying = tokens_.verify(token);
    const Result<Principal> principal = co_await std::move(verifying);
    if (!principal && principal.error().code != ErrorCode::unauthenticated) {
      co_return oauth_unavailable();
    }
    if (principal && !principal->grant_id.empty()) {
      auto found = co_await repository.find_grant(principal->org_id, principal->grant_id);
      if (!found) co_return oauth_unavailable();
      grant = std::move(*found);
    }
  } else {
    auto found = co_await repository.find_refresh_token(sha256_hex(token));
    if (!found) co_return oauth_unavailable();
    if (*found) grant = (*found)->grant;
  }
  // Tokens that were not issued to that client are as good as unknown (RFC 7009, section 2.1); so
  // are those that people made, which a client must not be able to end.
  if (grant && grant->client_id == value_of(parameters, "client_id") && !grant->revoked_at) {
    Task<void> ending = end_grant(*grant, "revoked_by_client");
    co_await std::move(ending);
  }
  co_return OauthResult<void>();
}

Task<Result<void>> AuthorizationService::purge() {
  store::UnitOfWork unit;
  store::OauthRepository::add_purge(unit, clock_.now() - 24 * 3'600'000LL);
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

}  // namespace commsd::identity
