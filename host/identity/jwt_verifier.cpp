#include "identity/jwt_verifier.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/scopes.h"
#include "store/agent_repository.h"
#include "store/oauth_repository.h"
#include "store/organization_repository.h"

namespace commsd::identity {

namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::unauthenticated, "the token is missing, wrong, expired or revoked",
              std::move(why));
}

std::optional<JsonDocument> decode(std::string_view part) {
  const auto json = base64url_decode(part);
  if (!json) return std::nullopt;
  Result<JsonDocument> document = JsonDocument::parse(*json, 16);
  if (!document || !document->root().is_object()) return std::nullopt;
  return std::move(*document);
}

/// Numbers of seconds may have a fraction (RFC 7519, section 2: NumericDate).
std::optional<double> seconds(const JsonValue& claims, std::string_view name) {
  const auto value = claims.get(name);
  return value ? value->number() : std::nullopt;
}

bool names_us(const JsonValue& claims, const std::vector<std::string>& audiences) {
  const auto aud = claims.get("aud");
  if (!aud) return false;
  const auto ours = [&](const JsonValue& one) {
    return std::find(audiences.begin(), audiences.end(), one.string().value_or("")) !=
           audiences.end();
  };
  if (aud->is_string()) return ours(*aud);
  bool found = false;
  aud->each([&](const JsonValue& one) { found = found || ours(one); });
  return found;
}

std::vector<std::string> scopes_of(const JsonValue& claims) {
  std::string words;
  for (const char* name : {"scope", "scp"}) {
    const auto claim = claims.get(name);
    if (!claim) continue;
    if (claim->is_string()) words += ' ' + std::string(*claim->string());
    claim->each(
        [&](const JsonValue& one) { words += ' ' + std::string(one.string().value_or("")); });
  }
  std::vector<std::string> scopes;
  for (std::string& word : split_words(words)) {
    const auto same = [&](const Scope& known) { return known.name == word; };
    if (std::any_of(known_scopes().begin(), known_scopes().end(), same)) scopes.push_back(word);
  }
  return scopes;
}

}  // namespace

/// What outlives the parsed token.
struct JwtVerifier::Claims {
  std::string subject;
  std::string organization;
  std::string agent;
  std::vector<std::string> scopes;
};

bool looks_like_jwt(std::string_view token) {
  return std::count(token.begin(), token.end(), '.') == 2;
}

Task<Result<Principal>> JwtVerifier::verify(std::string_view token) {
  if (token.size() > longest_token) co_return refuse("too long");
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) co_return refuse("not three parts");
  const auto header = decode(parts[0]);
  const auto payload = decode(parts[1]);
  const auto signature = base64url_decode(parts[2]);
  if (!header || !payload || !signature) co_return refuse("malformed");

  const JsonValue head = header->root();
  // Extensions that we must understand and do not (RFC 7515, section 4.1.11).
  if (head.get("crit")) co_return refuse("critical extension");
  const std::string type = to_lower_ascii(head.string("typ").value_or(""));
  if (type != "at+jwt" && type != "application/at+jwt" && !rules_.any_type) {
    co_return refuse("typ is not at+jwt");
  }
  const std::string algorithm(head.string("alg").value_or(""));
  if (algorithm != "RS256" && algorithm != "ES256" && algorithm != "EdDSA") {
    co_return refuse("algorithm not allowed");
  }
  // Before the keys are asked for: a token of somebody else must not cause a fetch.
  const JsonValue claims = payload->root();
  if (claims.string("iss") != rules_.issuer) co_return refuse("another issuer");
  const std::string key_id(head.string("kid").value_or(""));
  auto keys_task = keys_.keys_for(key_id);
  const auto keys = co_await std::move(keys_task);
  if (!keys) co_return fail(keys.error());
  const std::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!(*keys)->verify(key_id, algorithm, signed_text, *signature)) {
    co_return refuse((*keys)->knows(key_id) ? "bad signature" : "unknown key");
  }

  const double now = static_cast<double>(clock_.now()) / 1000;
  const auto expires = seconds(claims, "exp");
  if (!expires || *expires + skew_seconds <= now) co_return refuse(std::string(ended_token));
  for (const char* name : {"nbf", "iat"}) {
    const auto from = seconds(claims, name);
    if (claims.get(name) && (!from || *from - skew_seconds > now))
      co_return refuse("not yet valid");
  }
  if (!names_us(claims, rules_.audiences)) co_return refuse("another audience");

  Claims found;
  found.subject = claims.string("sub").value_or("");
  if (found.subject.empty()) co_return refuse("no subject");
  const auto named = [&](const std::string& claim) {
    return std::string(claim.empty() ? "" : claims.string(claim).value_or(""));
  };
  found.organization = named(rules_.organization_claim);
  found.agent = named(rules_.agent_claim);
  found.scopes = scopes_of(claims);
  Task<Result<Principal>> lookup = principal_of(std::move(found));
  co_return co_await std::move(lookup);
}

Task<Result<Principal>> JwtVerifier::principal_of(Claims claims) {
  Principal principal;
  principal.scopes = std::move(claims.scopes);
  principal.token_id = "jwt_" + sha256_hex(rules_.issuer + '\n' + claims.subject).substr(0, 24);
  if (!claims.organization.empty()) {
    principal.org_id = claims.organization;
    principal.agent_id = claims.agent;
    principal.role = claims.agent.empty() ? Role::organization : Role::agent;
    if (claims.agent.empty()) {
      const store::OrganizationRepository organizations(store_);
      auto organization = co_await organizations.find(claims.organization);
      if (!organization) co_return fail(organization.error());
      if (!*organization) co_return refuse("no such organization");
      co_return principal;
    }
    const store::AgentRepository agents(store_);
    auto agent = co_await agents.find(claims.organization, claims.agent);
    if (!agent) co_return fail(agent.error());
    if (!*agent || (*agent)->status == "deprovisioned") co_return refuse("no such agent");
    co_return principal;
  }
  const store::OauthRepository oauth(store_);
  auto bound = co_await oauth.find_subject(rules_.issuer, claims.subject);
  if (!bound) co_return fail(bound.error());
  if (!*bound) co_return refuse("the subject is bound to nobody");
  principal.org_id = (*bound)->org_id;
  principal.agent_id = (*bound)->agent_id;
  principal.role = (*bound)->role == "agent" ? Role::agent : Role::organization;
  if (principal.role == Role::agent && (*bound)->agent_status == "deprovisioned") {
    co_return refuse("the agent is deprovisioned");
  }
  co_return principal;
}

}  // namespace commsd::identity
