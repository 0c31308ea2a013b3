#include <algorithm>

#include "tools/limit_scope.h"

namespace commsd::tools {

namespace {

/// Further agents are in the totals only: an answer is read by a model.
constexpr std::size_t most_agents = 100;

void write_actions(JsonWriter& out, const policy::AgentUsage& usage) {
  out.key("actions").begin_object();
  for (const auto& [action, count] : usage.actions) out.field(action, count);
  out.end_object().field("totalActions", usage.count);
}

void write_one(JsonWriter& out, const policy::AgentUsage& usage,
               const policy::LimitService::View& view) {
  write_actions(out, usage);
  out.key("costsByChannel").begin_object();
  for (const auto& [name, channel] : usage.channels) write_money(out, name, channel.cost);
  out.end_object();
  write_money(out, "totalCost", usage.cost);
  out.key("currentUsage").begin_object();
  out.field("actionsToday", view.situation.day_count);
  out.field("actionsLimit", view.limits.per_day);
  write_money(out, "spendToday", view.situation.day_spend);
  write_money(out, "spendDayLimit", view.limits.spend_per_day);
  write_money(out, "spendMonth", view.situation.month_spend);
  write_money(out, "spendMonthLimit", view.limits.spend_per_month);
  out.end_object();
}

void write_all(JsonWriter& out, const std::vector<policy::AgentUsage>& agents) {
  std::int64_t count = 0;
  std::int64_t cost = 0;
  for (const policy::AgentUsage& agent : agents) {
    count += agent.count;
    cost += agent.cost;
  }
  out.key("globalTotals").begin_object().field("totalActions", count);
  write_money(out, "totalCost", cost);
  out.end_object().key("agents").begin_array();
  const std::size_t shown = std::min(agents.size(), most_agents);
  for (std::size_t index = 0; index < shown; ++index) {
    const policy::AgentUsage& agent = agents[index];
    out.begin_object().field("agentId", agent.agent_id).field("organizationId", agent.org_id);
    write_actions(out, agent);
    write_money(out, "totalCost", agent.cost);
    out.end_object();
  }
  out.end_array().field("agentsOmitted", agents.size() - shown);
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<UsageAnswer>> asking = ask_usage(*services, context->principal, arguments, "today");
  Result<UsageAnswer> answer = co_await std::move(asking);
  if (!answer) co_return fail(answer.error());
  const AgentScope& scope = answer->scope;
  std::vector<policy::AgentUsage>& agents = answer->agents;
  policy::LimitService::View view;
  if (!scope.org_id.empty()) {
    auto found = co_await services->limits.view(scope.org_id, scope.agent_id);
    if (!found) co_return fail(found.error());
    view = std::move(*found);
  }

  JsonWriter out;
  out.begin_object();
  write_scope(out, scope);
  out.field("period", answer->period).field("currency", services->currency);
  if (scope.agent_id.empty()) {
    write_all(out, agents);
  } else {
    write_one(out, agents.empty() ? policy::AgentUsage() : agents.front(), view);
  }
  if (!scope.org_id.empty()) {
    write_limits(out, "limits", view.limits);
    if (scope.agent_id.empty()) write_caps(out, view.organization);
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool get_usage_dashboard(Services& services) {
  return {"comms_get_usage_dashboard", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
