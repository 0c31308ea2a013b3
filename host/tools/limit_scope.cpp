#include "tools/limit_scope.h"

#include "policy/money.h"

namespace commsd::tools {

Task<Result<AgentScope>> limit_scope(provisioning::ProvisioningService& provisioning,
                                     identity::Principal principal, std::string agent_argument,
                                     std::string organization_argument) {
  const bool orchestrator = principal.role == identity::Role::orchestrator;
  if (!organization_argument.empty() && !orchestrator &&
      organization_argument != principal.org_id) {
    co_return fail(ErrorCode::not_found,
                   "there is no organization '" + organization_argument + "' for this token");
  }
  if (!agent_argument.empty() || principal.role == identity::Role::agent) {
    Task<Result<AgentScope>> finding =
        agent_scope(provisioning, std::move(principal), std::move(agent_argument));
    Result<AgentScope> scope = co_await std::move(finding);
    if (scope && !organization_argument.empty() && scope->org_id != organization_argument) {
      co_return fail(ErrorCode::invalid_argument,
                     "'organizationId': the agent is in another organization; leave it out");
    }
    co_return scope;
  }
  co_return AgentScope{orchestrator ? std::move(organization_argument) : principal.org_id, {}};
}

Task<Result<AgentScope>> named_scope(Services& services, identity::Principal principal,
                                     JsonValue arguments) {
  Task<Result<AgentScope>> finding =
      limit_scope(services.provisioning, std::move(principal), text_argument(arguments, "agentId"),
                  text_argument(arguments, "organizationId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (scope && scope->org_id.empty()) {
    co_return fail(ErrorCode::invalid_argument, "name an 'agentId' or an 'organizationId'");
  }
  co_return scope;
}

Task<Result<UsageAnswer>> ask_usage(Services& services, identity::Principal principal,
                                    JsonValue arguments, std::string usual_period) {
  UsageAnswer answer;
  answer.period = text_argument(arguments, "period");
  if (answer.period.empty()) answer.period = std::move(usual_period);
  const auto span = policy::parse_usage_period(answer.period);
  if (!span) {
    co_return fail(ErrorCode::invalid_argument, "'period' must be today, week, month or all");
  }
  Task<Result<AgentScope>> finding =
      limit_scope(services.provisioning, std::move(principal), text_argument(arguments, "agentId"),
                  text_argument(arguments, "organizationId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  auto agents = co_await services.usage.agents(scope->org_id, scope->agent_id, *span);
  if (!agents) co_return fail(agents.error());
  answer.scope = std::move(*scope);
  answer.agents = std::move(*agents);
  co_return answer;
}

void write_money(JsonWriter& out, std::string_view name, std::int64_t micros) {
  out.raw_field(name, policy::format_micros(micros));
}

void write_limits(JsonWriter& out, std::string_view name, const policy::Limits& limits,
                  bool with_same_number) {
  out.key(name).begin_object();
  out.field("maxActionsPerMinute", limits.per_minute);
  out.field("maxActionsPerHour", limits.per_hour);
  out.field("maxActionsPerDay", limits.per_day);
  write_money(out, "maxSpendPerDay", limits.spend_per_day);
  write_money(out, "maxSpendPerMonth", limits.spend_per_month);
  if (with_same_number) out.field("maxCallsPerDaySameNumber", limits.same_number_per_day);
  out.end_object();
}

void write_caps(JsonWriter& out, const store::LimitSettings& organization) {
  out.key("organizationCaps");
  if (!organization.cap_per_day && !organization.cap_per_month) {
    out.null();
    return;
  }
  out.begin_object();
  const auto cap = [&out](std::string_view name, std::optional<std::int64_t> micros) {
    if (micros) return write_money(out, name, *micros);
    out.key(name).null();
  };
  cap("maxOrganizationSpendPerDay", organization.cap_per_day);
  cap("maxOrganizationSpendPerMonth", organization.cap_per_month);
  out.end_object();
}

void write_scope(JsonWriter& out, const AgentScope& scope) {
  if (!scope.agent_id.empty()) {
    out.field("agentId", scope.agent_id);
  } else if (!scope.org_id.empty()) {
    out.field("organizationId", scope.org_id);
  }
}

}  // namespace commsd::tools
