#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/iso_time.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "provisioning/provisioning_service.h"

namespace commsd::tools {

/// The agent a call is about and the organization it is in.
struct AgentScope {
  std::string org_id;
  std::string agent_id;
};

/// Whom a call is for: `agentId` if given, else the caller's own agent. An organization's token
/// gets its own organization, so that another's agent is simply not found there; only an
/// orchestrator is led to the agent's organization. invalid_argument, permission_denied, not_found.
Task<Result<AgentScope>> agent_scope(provisioning::ProvisioningService& provisioning,
                                     identity::Principal principal, std::string agent_argument);

/// The same, and not_found when an organization names an agent that it does not have: for tools
/// whose answer would otherwise only look empty.
Task<Result<AgentScope>> existing_agent_scope(provisioning::ProvisioningService& provisioning,
                                              identity::Principal principal,
                                              std::string agent_argument);

inline constexpr std::initializer_list<identity::Role> everybody = {
    identity::Role::agent, identity::Role::organization, identity::Role::orchestrator};
inline constexpr std::initializer_list<identity::Role> operators = {identity::Role::organization,
                                                                    identity::Role::orchestrator};

std::string text_argument(const JsonValue& arguments, std::string_view name);
std::int64_t integer_argument(const JsonValue& arguments, std::string_view name,
                              std::int64_t otherwise);
bool flag_argument(const JsonValue& arguments, std::string_view name, bool otherwise);

}  // namespace commsd::tools
