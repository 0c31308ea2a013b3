#include "store/token_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Token from_row(const Row& row) {
  Token token;
  token.id = row.text("id");
  token.org_id = row.text("org_id");
  token.agent_id = row.text("agent_id");
  token.role = row.text("role");
  token.secret_hash = row.text("secret_hash");
  token.label = row.text("label");
  token.created_at = row.integer("created_at");
  token.expires_at = row.maybe_integer("expires_at");
  token.revoked_at = row.maybe_integer("revoked_at");
  token.last_used_at = row.maybe_integer("last_used_at");
  token.scopes = row.text("scopes");
  token.toolsets = row.text("toolsets");
  token.audience = row.text("audience");
  token.grant_id = row.text("grant_id");
  return token;
}

Token with_organization(const Row& row) {
  Token token = from_row(row);
  token.organization_status = row.text("organization_status");
  return token;
}

}  // namespace

Task<Result<std::optional<Token>>> TokenRepository::find_by_hash(
    std::string_view secret_hash) const {
  return read_optional(store_, "tokens.find_by_hash", {{"secret_hash", text_value(secret_hash)}},
                       with_organization);
}

Task<Result<std::vector<Token>>> TokenRepository::list(std::string_view org_id) const {
  if (org_id.empty()) return read_all(store_, "tokens.list_orchestrator", {}, from_row);
  return read_all(store_, "tokens.list", {{"org_id", text_value(org_id)}}, from_row);
}

Task<Result<std::vector<Token>>> TokenRepository::list_agent(std::string_view org_id,
                                                             std::string_view agent_id) const {
  return read_all(store_, "tokens.list_agent",
                  {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}}, from_row);
}

void TokenRepository::add_list_agent(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view agent_id) {
  unit.fetch("tokens.list_agent",
             {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void TokenRepository::add_create(UnitOfWork& unit, const Token& token) {
  unit.expect(1, "tokens.create",
              {{"token_id", token.id},
               {"org_id", text_or_null(token.org_id)},
               {"agent_id", text_or_null(token.agent_id)},
               {"role", token.role},
               {"secret_hash", token.secret_hash},
               {"label", text_or_null(token.label)},
               {"created_at", token.created_at},
               {"expires_at", nullable(token.expires_at)},
               {"scopes", text_or_null(token.scopes)},
               {"toolsets", text_or_null(token.toolsets)},
               {"audience", text_or_null(token.audience)},
               {"grant_id", text_or_null(token.grant_id)}});
}

void TokenRepository::add_revoke(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view token_id, UnixMillis at) {
  if (org_id.empty()) {
    unit.expect(1, "tokens.revoke_orchestrator", {{"token_id", text_value(token_id)}, {"at", at}});
    return;
  }
  // An access token ends with its grant, else its client would renew it. The grant first, in which
  // order all lock them.
  unit.run("oauth.revoke_grant_of_token",
           {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
  unit.expect(1, "tokens.revoke",
              {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
  // What a person let a client do with this token ends with it; the grants first, see there.
  unit.run("oauth.revoke_derived",
           {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
  unit.run("tokens.revoke_derived",
           {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
  unit.run("tokens.revoke_siblings",
           {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
}

void TokenRepository::add_revoke_agent(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view agent_id, UnixMillis at) {
  unit.run("oauth.revoke_agent",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"at", at}});
  unit.run("tokens.revoke_agent",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"at", at}});
}

void TokenRepository::add_touch(UnitOfWork& unit, std::string_view org_id,
                                std::string_view token_id, UnixMillis at) {
  if (org_id.empty()) {
    unit.run("tokens.touch_orchestrator", {{"token_id", text_value(token_id)}, {"at", at}});
    return;
  }
  unit.run("tokens.touch",
           {{"org_id", text_value(org_id)}, {"token_id", text_value(token_id)}, {"at", at}});
}

}  // namespace commsd::store
