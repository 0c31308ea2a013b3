#include "identity/token_service.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/digest.h"
#include "identity/scopes.h"
#include "store/token_repository.h"

namespace commsd::identity {

namespace {

constexpr std::string_view prefix = "cmd_live_";
constexpr std::size_t secret_bytes = 32;
/// How long another process's revocation may go unnoticed; our own is immediate.
constexpr UnixMillis cache_lifetime = 5'000;
constexpr std::size_t most_cached = 10'000;
constexpr std::string_view suspended = "suspended";
constexpr std::string_view refusal = "the token is missing, wrong, expired or revoked";

std::string check_digits(std::string_view body) {
  return sha256_hex(body).substr(0, 6);
}

std::optional<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::orchestrator, Role::organization, Role::agent}) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

/// Whether `token` is of our making, told without asking the store, so that noise costs nothing.
bool is_well_formed(std::string_view token) {
  if (!token.starts_with(prefix) || token.size() > 200) return false;
  const std::size_t last = token.rfind('_');
  return constant_time_equal(check_digits(token.substr(0, last)), token.substr(last + 1));
}

}  // namespace

TokenService::Issued TokenService::add_issue(store::UnitOfWork& unit, Role role, std::string org_id,
                                             std::string agent_id, std::string label,
                                             const Terms& terms) {
  std::array<std::uint8_t, secret_bytes> noise{};
  random_.fill(noise);
  Issued issued;
  issued.id = ids_.make("tok");
  // The id's own prefix would only repeat itself in the text.
  std::string body = std::string(prefix) + issued.id.substr(4) + '_';
  body += to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
  issued.text = body + '_' + check_digits(body);

  store::Token token;
  token.id = issued.id;
  token.org_id = std::move(org_id);
  token.agent_id = std::move(agent_id);
  token.role = to_string(role);
  token.secret_hash = sha256_hex(issued.text);
  token.label = std::move(label);
  token.created_at = clock_.now();
  token.expires_at = terms.expires_at;
  token.scopes = join_words(terms.scopes);
  token.toolsets = join_words(terms.toolsets);
  token.audience = terms.audience;
  token.grant_id = terms.grant_id;
  store::TokenRepository::add_create(unit, token);
  return issued;
}

Result<void> TokenService::check_owner(Role role, std::string_view org_id,
                                       std::string_view agent_id) {
  const bool fits = (role == Role::orchestrator && org_id.empty() && agent_id.empty()) ||
                    (role == Role::organization && !org_id.empty() && agent_id.empty()) ||
                    (role == Role::agent && !org_id.empty() && !agent_id.empty());
  if (fits) return {};
  return fail(ErrorCode::invalid_argument,
              "an orchestrator token takes neither organization nor agent, an organization "
              "token takes the organization, an agent token takes both");
}

Task<Result<TokenService::Issued>> TokenService::issue(Role role, std::string org_id,
                                                       std::string agent_id, std::string label,
                                                       Terms terms) {
  if (auto fits = check_owner(role, org_id, agent_id); !fits) co_return fail(fits.error());
  if (Result<void> known = check_scopes(terms.scopes); !known) co_return fail(known.error());
  store::UnitOfWork unit;
  Issued issued =
      add_issue(unit, role, std::move(org_id), std::move(agent_id), std::move(label), terms);
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) co_return fail(outcome.error());
  if (!outcome->committed) {
    co_return fail(ErrorCode::not_found, "there is no such organization or agent");
  }
  co_return issued;
}

Task<Result<Principal>> TokenService::verify(std::string_view token) {
  if (!is_well_formed(token)) co_return fail(ErrorCode::unauthenticated, std::string(refusal));
  const std::string hash = sha256_hex(token);
  const UnixMillis now = clock_.now();
  std::uint64_t revocations = 0;
  {
    const std::lock_guard lock(mutex_);
    revocations = revocations_;
    const auto cached = cache_.find(hash);
    if (cached != cache_.end() && now < cached->second.checked_at + cache_lifetime &&
        now < cached->second.expires_at.value_or(now + 1)) {
      co_return cached->second.principal;
    }
  }
  const store::TokenRepository tokens(store_);
  auto found = co_await tokens.find_by_hash(hash);
  if (!found) co_return fail(found.error());
  if (!*found) {
    forget(hash);
    co_return fail(ErrorCode::unauthenticated, std::string(refusal));
  }
  if (const std::string_view fault = fault_of(**found, now); !fault.empty()) {
    forget(hash);
    if (refusals_) {
      Task<void> writing =
          refusals_->write({(*found)->org_id, (*found)->id, "", std::string(fault)});
      co_await std::move(writing);
    }
    if (fault == suspended) {
      co_return fail(ErrorCode::permission_denied, std::string(suspended_organization));
    }
    co_return fail(ErrorCode::unauthenticated, std::string(refusal), std::string(ended_token));
  }
  const auto role = parse_role((*found)->role);
  Cached entry;
  entry.principal = {*role, (*found)->id, (*found)->org_id, (*found)->agent_id};
  if (!(*found)->scopes.empty()) entry.principal.scopes = split_words((*found)->scopes);
  entry.principal.toolsets = split_words((*found)->toolsets);
  entry.principal.grant_id = (*found)->grant_id;
  entry.checked_at = now;
  entry.expires_at = (*found)->expires_at;
  const std::lock_guard lock(mutex_);
  // A token that was revoked while the store was read must not come back into the cache.
  if (revocations != revocations_) co_return entry.principal;
  if (cache_.size() >= most_cached) cache_.clear();
  cache_[hash] = entry;
  co_return entry.principal;
}

std::string_view TokenService::fault_of(const store::Token& token, UnixMillis now) const {
  if (!parse_role(token.role)) return "unknown_role";
  if (token.revoked_at) return "revoked";
  if (token.expires_at.value_or(now + 1) <= now) return "expired";
  const auto& ours = audiences_;
  if (!token.audience.empty() &&
      std::find(ours.begin(), ours.end(), token.audience) == ours.end()) {
    return "other_audience";
  }
  return token.organization_status == suspended ? suspended : std::string_view();
}

void TokenService::forget(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  cache_.erase(hash);
}

Task<Result<void>> TokenService::revoke(std::string org_id, std::string token_id) {
  store::UnitOfWork unit;
  store::TokenRepository::add_revoke(unit, org_id, token_id, clock_.now());
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) co_return fail(outcome.error());
  if (!outcome->committed) {
    co_return fail(ErrorCode::not_found, "there is no such live token in this organization");
  }
  forget_cached();
  co_return Result<void>();
}

void TokenService::forget_cached() {
  {
    const std::lock_guard lock(mutex_);
    cache_.clear();
    ++revocations_;
  }
  if (on_revoked_) on_revoked_();
}

}  // namespace commsd::identity
