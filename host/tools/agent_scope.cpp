#include "tools/agent_scope.h"

namespace commsd::tools {

Task<Result<AgentScope>> agent_scope(provisioning::ProvisioningService& provisioning,
                                     identity::Principal principal, std::string agent_argument) {
  Result<std::string> agent_id = identity::requested_agent(principal, agent_argument);
  if (!agent_id) co_return fail(agent_id.error());
  AgentScope scope{principal.org_id, std::move(*agent_id)};
  if (principal.role == identity::Role::orchestrator) {
    Result<std::string> org_id = co_await provisioning.organization_of(scope.agent_id);
    if (!org_id) co_return fail(org_id.error());
    scope.org_id = std::move(*org_id);
  }
  co_return scope;
}

Task<Result<AgentScope>> existing_agent_scope(provisioning::ProvisioningService& provisioning,
                                              identity::Principal principal,
                                              std::string agent_argument) {
  const bool organization = principal.role == identity::Role::organization;
  Task<Result<AgentScope>> finding =
      agent_scope(provisioning, std::move(principal), std::move(agent_argument));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope || !organization) co_return scope;  // the others' agents were looked up, or are theirs
  Result<std::string> org_id = co_await provisioning.organization_of(scope->agent_id);
  if (!org_id && org_id.error().code != ErrorCode::not_found) co_return fail(org_id.error());
  if (org_id && *org_id == scope->org_id) co_return scope;
  co_return fail(ErrorCode::not_found,
                 "there is no agent '" + scope->agent_id + "' in this organization");
}

std::string text_argument(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

std::int64_t integer_argument(const JsonValue& arguments, std::string_view name,
                              std::int64_t otherwise) {
  if (const auto whole = arguments.integer(name)) return *whole;
  // JSON Schema counts 5.0 as an integer.
  const auto member = arguments.get(name);
  const auto number = member ? member->number() : std::nullopt;
  return number ? static_cast<std::int64_t>(*number) : otherwise;
}

bool flag_argument(const JsonValue& arguments, std::string_view name, bool otherwise) {
  return arguments.boolean(name).value_or(otherwise);
}

}  // namespace commsd::tools
