#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "identity/token_service.h"
#include "store/audit_log.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::identity {

/// The tokens of one agent, for those who look after it. [any executor]
class AgentTokens {
 public:
  AgentTokens(store::Store& store, TokenService& tokens, store::AuditLog& audit, const Clock& clock)
      : store_(store), tokens_(tokens), audit_(audit), clock_(clock) {}

  /// Those that are good now, newest first. Errors: those of the store.
  Task<Result<std::vector<store::Token>>> list(std::string org_id, std::string agent_id) const;

  struct Regenerated {
    std::string token;  // shown once
    std::size_t revoked = 0;
  };
  /// Revokes every token of the agent, those of clients that people let act as it included, and
  /// issues a new one: all in one unit, with its line in the audit log. not_found when there is no
  /// such agent.
  Task<Result<Regenerated>> regenerate(Principal actor, std::string org_id, std::string agent_id);

 private:
  store::Store& store_;
  TokenService& tokens_;
  store::AuditLog& audit_;
  const Clock& clock_;
};

}  // namespace commsd::identity
