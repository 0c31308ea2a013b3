#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

struct OauthClient {
  std::string id;
  std::string kind;  // registered | document
  std::string name;  // as the client calls itself
  std::string redirect_uris_json;
  UnixMillis created_at = 0;
  UnixMillis expires_at = 0;
};

/// What a person allowed a client. The fields from source_revoked_at on are read with it: what may
/// have ended it besides its own revocation.
struct OauthGrant {
  std::string id;
  std::string client_id;
  std::string org_id;
  std::string agent_id;  // "" unless role is agent
  std::string role;
  std::string scopes;  // words
  std::string toolsets;
  std::string resource;
  std::string source_token_id;  // the token that was shown to consent; "" = a one-time code
  UnixMillis created_at = 0;
  UnixMillis expires_at = 0;
  std::optional<UnixMillis> revoked_at = {};
  std::optional<UnixMillis> source_revoked_at = {};
  std::optional<UnixMillis> source_expires_at = {};
  std::string agent_status = {};
};

/// A code or a refresh token together with its grant.
struct OauthCredential {
  OauthGrant grant;
  std::string redirect_uri;    // of codes only
  std::string code_challenge;  // of codes only
  UnixMillis expires_at = 0;
  std::optional<UnixMillis> used_at;
};

struct OauthApproval {
  std::string org_id;
  std::string agent_id;
  std::string role;
  std::string scopes;
};

/// Whom an external issuer's subject stands for.
struct OauthSubject {
  std::string org_id;
  std::string agent_id;
  std::string role;
  std::string agent_status;
};

/// What the authorization server keeps, so that any worker can serve any step. Secrets come here
/// as SHA-256 hex only. The look-ups by hash are system-level: the hash says whose row it is.
/// Errors of reads: those of Store::query. [any executor]
class OauthRepository {
 public:
  explicit OauthRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<OauthClient>>> find_client(std::string_view id, UnixMillis at) const;
  Task<Result<std::int64_t>> count_clients(std::string_view kind, UnixMillis at) const;
  Task<Result<std::optional<OauthCredential>>> find_code(std::string_view hash) const;
  Task<Result<std::optional<OauthCredential>>> find_refresh_token(std::string_view hash) const;
  Task<Result<std::optional<OauthGrant>>> find_grant(std::string_view org_id,
                                                     std::string_view id) const;
  Task<Result<std::optional<OauthApproval>>> find_approval(std::string_view hash,
                                                           UnixMillis at) const;
  Task<Result<std::optional<OauthSubject>>> find_subject(std::string_view issuer,
                                                         std::string_view subject) const;

  /// Adds it, or replaces what was known of it.
  static void add_save_client(UnitOfWork& unit, const OauthClient& client);
  static void add_keep_client(UnitOfWork& unit, std::string_view id, UnixMillis expires_at);
  static void add_create_grant(UnitOfWork& unit, const OauthGrant& grant);
  static void add_create_code(UnitOfWork& unit, std::string_view hash, std::string_view grant_id,
                              std::string_view redirect_uri, std::string_view code_challenge,
                              UnixMillis expires_at);
  static void add_create_refresh_token(UnitOfWork& unit, std::string_view hash,
                                       std::string_view grant_id, UnixMillis at,
                                       UnixMillis expires_at);
  static void add_create_approval(UnitOfWork& unit, std::string_view hash,
                                  const OauthApproval& approval, UnixMillis expires_at);
  static void add_bind_subject(UnitOfWork& unit, std::string_view issuer, std::string_view subject,
                               const OauthSubject& bound, UnixMillis at);

  /// Guarded: unused and not expired.
  static void add_use_code(UnitOfWork& unit, std::string_view hash, UnixMillis at);
  static void add_use_refresh_token(UnitOfWork& unit, std::string_view hash, UnixMillis at);
  static void add_use_approval(UnitOfWork& unit, std::string_view org_id, std::string_view hash,
                               UnixMillis at);
  /// Guarded: neither revoked nor expired. Changes nothing.
  static void add_require_grant(UnitOfWork& unit, const OauthGrant& grant, UnixMillis at);

  /// The grant and every access token of it; what is revoked already stays so.
  static void add_revoke_grant(UnitOfWork& unit, const OauthGrant& grant, UnixMillis at);
  /// Every grant of the agent, or with "" of the organization, and every access token of them.
  static void add_revoke_grants(UnitOfWork& unit, std::string_view org_id,
                                std::string_view agent_id, UnixMillis at);

  /// Forgets what ended before that moment.
  static void add_purge(UnitOfWork& unit, UnixMillis before);

 private:
  Store& store_;
};

}  // namespace commsd::store
