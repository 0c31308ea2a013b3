#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Bearer tokens, of which only the hash is known here. Errors of reads: those of Store::query.
/// [any executor]
class TokenRepository {
 public:
  explicit TokenRepository(Store& store) : store_(store) {}

  /// System-level: the hash is the key to everything else. Revoked and expired ones are found too.
  Task<Result<std::optional<Token>>> find_by_hash(std::string_view secret_hash) const;
  /// Newest first; org_id "" lists the orchestrator's.
  Task<Result<std::vector<Token>>> list(std::string_view org_id) const;
  /// The live ones of one agent, newest first; some may have expired.
  Task<Result<std::vector<Token>>> list_agent(std::string_view org_id,
                                              std::string_view agent_id) const;

  /// The same as a step of a unit, which returns the rows.
  static void add_list_agent(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id);
  /// Guarded: the unit is undone when the id or the hash is taken.
  static void add_create(UnitOfWork& unit, const Token& token);
  /// With it the access tokens of grants that it was used to consent to.
  /// Guarded: the unit is undone unless the token is there and not yet revoked.
  static void add_revoke(UnitOfWork& unit, std::string_view org_id, std::string_view token_id,
                         UnixMillis at);
  /// Every live token of one agent.
  static void add_revoke_agent(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                               UnixMillis at);
  /// Notes the use; call it at most once a minute and token, it is a write.
  static void add_touch(UnitOfWork& unit, std::string_view org_id, std::string_view token_id,
                        UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
