#pragma once

#include <functional>
#include <string>

#include "identity/organization_modes.h"
#include "identity/token_service.h"
#include "messaging/message_history.h"
#include "messaging/outbound_pipeline.h"
#include "ops/control_registry.h"
#include "provisioning/provisioning_service.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::ops {

/// What the commands of an administrator work on. Everything outlives the control server.
struct AdminParts {
  store::Store& store;
  identity::TokenService& tokens;
  provisioning::ProvisioningService& provisioning;
  messaging::OutboundPipeline& outbound;
  messaging::MessageHistory& history;
  identity::OrganizationModes& modes;
  store::AuditLog& audit;
  const Clock& clock;
  const Ids& ids;
};

/// Adds, with their arguments (JSON members; "?" marks optional ones) and what they answer:
///
///     organizations.list    -> {"organizations":[{"id","name","mode","status","createdAt"}]}
///     organizations.create  name, mode? (sandbox|production, default sandbox) -> {"id",...}
///     agents.list           organization?
///                           -> {"agents":[{"id","organization","displayName","status"}]}
///     tokens.create         role, organization?, agent?, label?, scopes?, toolsets? (words)
///                           -> {"id","token"}
///     tokens.list           organization? ("" lists the orchestrator's) -> {"tokens":[...]}
///     tokens.revoke         organization?, id -> {"revoked":true}
///     messages.send         agent, to, body?, channel?, subject?, key?
///                           -> {"messageId","status",...}
///     messages.get          id, organization -> {"message","timeline","failure"}
///
/// They act as "commsctl" in the audit log.
void add_admin_commands(ControlRegistry& registry, AdminParts parts);

}  // namespace commsd::ops
