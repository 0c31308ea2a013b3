#include <algorithm>

#include "tools/billing_json.h"
#include "tools/limit_scope.h"

namespace commsd::tools {

namespace {

/// Further agents are in the totals only: an answer is read by a model.
constexpr std::size_t most_agents = 100;

void write_costs(JsonWriter& out, const policy::AgentUsage& usage) {
  write_money(out, "providerCost", usage.cost);
  write_money(out, "billingCost", usage.billed);
  write_percent(out, "markupPercent", usage.markup_ppm);
  out.key("byChannel").begin_object();
  for (const auto& [name, channel] : usage.channels) {
    out.key(name).begin_object();
    write_money(out, "providerCost", channel.cost);
    write_money(out, "billingCost", channel.billed);
    out.field("count", channel.count).end_object();
  }
  out.end_object();
}

void write_all(JsonWriter& out, const std::vector<policy::AgentUsage>& agents) {
  std::int64_t cost = 0;
  std::int64_t billed = 0;
  for (const policy::AgentUsage& agent : agents) {
    cost += agent.cost;
    billed += agent.billed;
  }
  out.key("totals").begin_object();
  write_money(out, "providerCost", cost);
  write_money(out, "billingCost", billed);
  write_money(out, "revenue", billed - cost);
  out.end_object().key("agents").begin_array();
  const std::size_t shown = std::min(agents.size(), most_agents);
  for (std::size_t index = 0; index < shown; ++index) {
    out.begin_object().field("agentId", agents[index].agent_id);
    out.field("organizationId", agents[index].org_id);
    write_costs(out, agents[index]);
    out.end_object();
  }
  out.end_array().field("agentsOmitted", agents.size() - shown);
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<UsageAnswer>> asking = ask_usage(*services, context->principal, arguments, "month");
  Result<UsageAnswer> answer = co_await std::move(asking);
  if (!answer) co_return fail(answer.error());
  const AgentScope& scope = answer->scope;
  std::vector<policy::AgentUsage>& agents = answer->agents;
  policy::LimitService::Billing billing;
  if (!scope.org_id.empty()) {
    auto view = co_await services->limits.view(scope.org_id, scope.agent_id);
    if (!view) co_return fail(view.error());
    auto found = co_await services->limits.billing(scope.org_id, scope.agent_id);
    if (!found) co_return fail(found.error());
    billing = std::move(*found);
  }

  JsonWriter out;
  out.begin_object();
  write_scope(out, scope);
  out.field("period", answer->period).field("currency", services->currency);
  if (scope.agent_id.empty()) {
    write_percent(out, "globalMarkupPercent", services->limits.default_markup_ppm());
    write_all(out, agents);
  } else {
    policy::AgentUsage usage;
    if (!agents.empty()) usage = std::move(agents.front());
    usage.markup_ppm = billing.markup_ppm;
    write_costs(out, usage);
    out.key("tier");
    billing.tier.empty() ? out.null() : out.value(billing.tier);
  }
  if (!scope.org_id.empty()) write_billing(out, billing);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool get_billing_summary(Services& services) {
  return {"comms_get_billing_summary", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
