#include "identity/agent_tokens.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "store/token_repository.h"

namespace commsd::identity {

Task<Result<std::vector<store::Token>>> AgentTokens::list(std::string org_id,
                                                          std::string agent_id) const {
  const store::TokenRepository tokens(store_);
  auto found = co_await tokens.list_agent(org_id, agent_id);
  if (!found) co_return fail(found.error());
  const UnixMillis now = clock_.now();
  std::erase_if(*found, [now](const store::Token& token) {
    return token.expires_at.value_or(now + 1) <= now;
  });
  co_return std::move(*found);
}

Task<Result<AgentTokens::Regenerated>> AgentTokens::regenerate(Principal actor, std::string org_id,
                                                               std::string agent_id) {
  store::UnitOfWork unit;
  // First, in the same transaction: what is there is what gets revoked.
  store::TokenRepository::add_list_agent(unit, org_id, agent_id);
  store::TokenRepository::add_revoke_agent(unit, org_id, agent_id, clock_.now());
  const TokenService::Issued issued =
      tokens_.add_issue(unit, Role::agent, org_id, agent_id, "regenerated");
  JsonWriter details;
  details.begin_object().field("token", issued.id).end_object();
  audit_.add_entry(unit, {org_id, actor.token_id, "token_regenerated", agent_id, details.take()});
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) co_return fail(outcome.error());
  if (!outcome->committed) {
    co_return fail(ErrorCode::not_found, "there is no such agent in this organization");
  }
  tokens_.forget_cached();
  co_return Regenerated{issued.text, outcome->rows.front().size()};
}

}  // namespace commsd::identity
