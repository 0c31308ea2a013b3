#include "store/oauth_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

OauthClient client_from(const Row& row) {
  OauthClient client;
  client.id = row.text("id");
  client.kind = row.text("kind");
  client.name = row.text("name");
  client.redirect_uris_json = row.text("redirect_uris_json");
  client.created_at = row.integer("created_at");
  client.expires_at = row.integer("expires_at");
  return client;
}

OauthGrant grant_from(const Row& row) {
  OauthGrant grant;
  grant.id = row.text("id");
  grant.client_id = row.text("client_id");
  grant.org_id = row.text("org_id");
  grant.agent_id = row.text("agent_id");
  grant.role = row.text("role");
  grant.scopes = row.text("scopes");
  grant.toolsets = row.text("toolsets");
  grant.resource = row.text("resource");
  grant.source_token_id = row.text("source_token_id");
  grant.created_at = row.integer("created_at");
  grant.expires_at = row.integer("grant_expires_at");
  grant.revoked_at = row.maybe_integer("revoked_at");
  grant.source_revoked_at = row.maybe_integer("source_revoked_at");
  grant.source_expires_at = row.maybe_integer("source_expires_at");
  grant.agent_status = row.text("agent_status");
  return grant;
}

OauthCredential refresh_token_from(const Row& row) {
  OauthCredential credential;
  credential.grant = grant_from(row);
  credential.expires_at = row.integer("expires_at");
  credential.used_at = row.maybe_integer("used_at");
  return credential;
}

OauthCredential code_from(const Row& row) {
  OauthCredential credential = refresh_token_from(row);
  credential.redirect_uri = row.text("redirect_uri");
  credential.code_challenge = row.text("code_challenge");
  return credential;
}

OauthApproval approval_from(const Row& row) {
  return {row.text("org_id"), row.text("agent_id"), row.text("role"), row.text("scopes")};
}

OauthSubject subject_from(const Row& row) {
  return {row.text("org_id"), row.text("agent_id"), row.text("role"), row.text("agent_status")};
}

}  // namespace

Task<Result<std::optional<OauthClient>>> OauthRepository::find_client(std::string_view id,
                                                                      UnixMillis at) const {
  return read_optional(store_, "oauth.find_client", {{"client_id", text_value(id)}, {"at", at}},
                       client_from);
}

Task<Result<std::int64_t>> OauthRepository::count_clients(std::string_view kind,
                                                          UnixMillis at) const {
  return read_count(store_, "oauth.count_clients", {{"kind", text_value(kind)}, {"at", at}});
}

Task<Result<std::optional<OauthCredential>>> OauthRepository::find_code(
    std::string_view hash) const {
  return read_optional(store_, "oauth.find_code", {{"code_hash", text_value(hash)}}, code_from);
}

Task<Result<std::optional<OauthCredential>>> OauthRepository::find_refresh_token(
    std::string_view hash) const {
  return read_optional(store_, "oauth.find_refresh_token", {{"token_hash", text_value(hash)}},
                       refresh_token_from);
}

Task<Result<std::optional<OauthGrant>>> OauthRepository::find_grant(std::string_view org_id,
                                                                    std::string_view id) const {
  return read_optional(store_, "oauth.find_grant",
                       {{"org_id", text_value(org_id)}, {"grant_id", text_value(id)}}, grant_from);
}

Task<Result<std::optional<OauthApproval>>> OauthRepository::find_approval(std::string_view hash,
                                                                          UnixMillis at) const {
  return read_optional(store_, "oauth.find_approval", {{"code_hash", text_value(hash)}, {"at", at}},
                       approval_from);
}

Task<Result<std::optional<OauthSubject>>> OauthRepository::find_subject(
    std::string_view issuer, std::string_view subject) const {
  return read_optional(store_, "oauth.find_subject",
                       {{"issuer", text_value(issuer)}, {"subject", text_value(subject)}},
                       subject_from);
}

void OauthRepository::add_save_client(UnitOfWork& unit, const OauthClient& client) {
  unit.run("oauth.save_client", {{"client_id", client.id},
                                 {"kind", client.kind},
                                 {"name", text_or_null(client.name)},
                                 {"redirect_uris_json", client.redirect_uris_json},
                                 {"created_at", client.created_at},
                                 {"expires_at", client.expires_at}});
}

void OauthRepository::add_keep_client(UnitOfWork& unit, std::string_view id,
                                      UnixMillis expires_at) {
  unit.run("oauth.keep_client", {{"client_id", text_value(id)}, {"expires_at", expires_at}});
}

void OauthRepository::add_create_grant(UnitOfWork& unit, const OauthGrant& grant) {
  unit.expect(1, "oauth.create_grant",
              {{"grant_id", grant.id},
               {"client_id", grant.client_id},
               {"org_id", grant.org_id},
               {"agent_id", text_or_null(grant.agent_id)},
               {"role", grant.role},
               {"scopes", grant.scopes},
               {"toolsets", text_or_null(grant.toolsets)},
               {"resource", grant.resource},
               {"source_token_id", text_or_null(grant.source_token_id)},
               {"created_at", grant.created_at},
               {"expires_at", grant.expires_at}});
}

void OauthRepository::add_create_code(UnitOfWork& unit, std::string_view hash,
                                      std::string_view grant_id, std::string_view redirect_uri,
                                      std::string_view code_challenge, UnixMillis expires_at) {
  unit.expect(1, "oauth.create_code",
              {{"code_hash", text_value(hash)},
               {"grant_id", text_value(grant_id)},
               {"redirect_uri", text_value(redirect_uri)},
               {"code_challenge", text_value(code_challenge)},
               {"expires_at", expires_at}});
}

void OauthRepository::add_create_refresh_token(UnitOfWork& unit, std::string_view hash,
                                               std::string_view grant_id, UnixMillis at,
                                               UnixMillis expires_at) {
  unit.expect(1, "oauth.create_refresh_token",
              {{"token_hash", text_value(hash)},
               {"grant_id", text_value(grant_id)},
               {"created_at", at},
               {"expires_at", expires_at}});
}

void OauthRepository::add_create_approval(UnitOfWork& unit, std::string_view hash,
                                          const OauthApproval& approval, UnixMillis expires_at) {
  unit.expect(1, "oauth.create_approval",
              {{"code_hash", text_value(hash)},
               {"org_id", approval.org_id},
               {"agent_id", text_or_null(approval.agent_id)},
               {"role", approval.role},
               {"scopes", text_or_null(approval.scopes)},
               {"expires_at", expires_at}});
}

void OauthRepository::add_bind_subject(UnitOfWork& unit, std::string_view issuer,
                                       std::string_view subject, const OauthSubject& bound,
                                       UnixMillis at) {
  unit.expect(1, "oauth.bind_subject",
              {{"issuer", text_value(issuer)},
               {"subject", text_value(subject)},
               {"org_id", bound.org_id},
               {"agent_id", text_or_null(bound.agent_id)},
               {"role", bound.role},
               {"at", at}});
}

void OauthRepository::add_use_code(UnitOfWork& unit, std::string_view hash, UnixMillis at) {
  unit.expect(1, "oauth.use_code", {{"code_hash", text_value(hash)}, {"at", at}});
}

void OauthRepository::add_use_refresh_token(UnitOfWork& unit, std::string_view hash,
                                            UnixMillis at) {
  unit.expect(1, "oauth.use_refresh_token", {{"token_hash", text_value(hash)}, {"at", at}});
}

void OauthRepository::add_use_approval(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view hash, UnixMillis at) {
  unit.expect(1, "oauth.use_approval",
              {{"org_id", text_value(org_id)}, {"code_hash", text_value(hash)}, {"at", at}});
}

void OauthRepository::add_require_grant(UnitOfWork& unit, const OauthGrant& grant, UnixMillis at) {
  unit.expect(1, "oauth.require_grant",
              {{"org_id", grant.org_id}, {"grant_id", grant.id}, {"at", at}});
}

void OauthRepository::add_revoke_grant(UnitOfWork& unit, const OauthGrant& grant, UnixMillis at) {
  unit.run("oauth.revoke_grant", {{"org_id", grant.org_id}, {"grant_id", grant.id}, {"at", at}});
  unit.run("tokens.revoke_grant", {{"org_id", grant.org_id}, {"grant_id", grant.id}, {"at", at}});
}

void OauthRepository::add_revoke_grants(UnitOfWork& unit, std::string_view org_id,
                                        std::string_view agent_id, UnixMillis at) {
  for (const char* statement : {"oauth.revoke_grants", "tokens.revoke_granted"}) {
    unit.run(statement,
             {{"org_id", text_value(org_id)}, {"agent_id", text_or_null(agent_id)}, {"at", at}});
  }
}

void OauthRepository::add_purge(UnitOfWork& unit, UnixMillis before) {
  for (const char* statement :
       {"oauth.purge_codes", "oauth.purge_refresh_tokens", "oauth.purge_approvals",
        "oauth.purge_tokens", "oauth.purge_clients", "oauth.purge_grants"}) {
    unit.run(statement, {{"before", before}});
  }
}

}  // namespace commsd::store
