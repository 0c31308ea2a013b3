#include "identity/organization_service.h"
#include "tools/agent_scope.h"
#include "tools/organization_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<std::string> org_id = organization_scope(context->principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  const std::int64_t slots = integer_argument(arguments, "maxAgents", 0);
  auto before =
      co_await services->organizations->set_agent_slots(context->principal, *org_id, slots);
  if (!before) co_return fail(before.error());
  auto pool = co_await services->provisioning.pool(*org_id);
  if (!pool) co_return fail(pool.error());
  JsonWriter out;
  out.begin_object().field("success", true).key("pool").begin_object();
  out.field("maxAgents", pool->most_agents).field("activeAgents", pool->active_agents);
  out.field("slotsRemaining", pool->most_agents - pool->active_agents);
  out.field("previousMax", before->value_or(services->provisioning.settings().agent_slots));
  out.end_object().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool expand_agent_pool(Services& services) {
  return {"comms_expand_agent_pool", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
