#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/limits.h"
#include "store/limit_records.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

// What the tools about limits and money have in common.

namespace commsd::tools {

/// Whom a call about limits is for: as agent_scope(), but without an agent operators mean an
/// organization (agent_id ""), and an orchestrator that names none means all (org_id "").
/// invalid_argument when both are named; not_found for another organization.
Task<Result<AgentScope>> limit_scope(provisioning::ProvisioningService& provisioning,
                                     identity::Principal principal, std::string agent_argument,
                                     std::string organization_argument);

/// The same from a tool's arguments, for what cannot mean all: invalid_argument when none is named.
Task<Result<AgentScope>> named_scope(Services& services, identity::Principal principal,
                                     JsonValue arguments);

/// What the tools that report usage ask before anything else.
struct UsageAnswer {
  AgentScope scope;
  std::string period;
  std::vector<policy::AgentUsage> agents;
};
/// Errors as limit_scope(); invalid_argument for a period that is none.
Task<Result<UsageAnswer>> ask_usage(Services& services, identity::Principal principal,
                                    JsonValue arguments, std::string usual_period);

/// Micros as a JSON number, exact.
void write_money(JsonWriter& out, std::string_view name, std::int64_t micros);
/// The members of "limits" and "currentLimits".
void write_limits(JsonWriter& out, std::string_view name, const policy::Limits& limits,
                  bool with_same_number = true);
/// "organizationCaps": null without any.
void write_caps(JsonWriter& out, const store::LimitSettings& organization);
/// "agentId" or "organizationId", whichever the scope is.
void write_scope(JsonWriter& out, const AgentScope& scope);

}  // namespace commsd::tools
