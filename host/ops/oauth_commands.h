#pragma once

#include <string>

#include "base/clock.h"
#include "identity/authorization_service.h"
#include "ops/control_registry.h"
#include "provisioning/provisioning_service.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::ops {

struct OauthCommandParts {
  store::Store& store;
  identity::TokenService& tokens;
  provisioning::ProvisioningService& provisioning;
  store::AuditLog& audit;
  const Clock& clock;
  identity::AuthorizationService* authorization;  // null when it is not enabled
  std::string issuer;                             // "" when there is none
};

/// Adds, in the form of add_admin_commands:
///
///     oauth.approve  organization or agent, scopes? (words) -> {"code","minutes"}
///     oauth.bind     subject, organization or agent -> {"bound":true}
///     oauth.revoke   organization or agent -> {"revoked":true}
///
/// `unsupported` says which key of the configuration switches on what is missing.
void add_oauth_commands(ControlRegistry& registry, const OauthCommandParts& parts);

}  // namespace commsd::ops
