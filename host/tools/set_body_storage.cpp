#include "messaging/body_storage.h"
#include "tools/agent_scope.h"
#include "tools/organization_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Result<std::string> org_id = organization_scope(principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  auto organization = co_await services->organizations->find(*org_id);
  if (!organization) co_return fail(organization.error());
  const std::string agent_id = text_argument(arguments, "agentId");
  std::optional<std::int64_t> days;
  const auto given = arguments.get("retentionDays");
  if (given && !given->is_null()) days = integer_argument(arguments, "retentionDays", 0);
  std::string actor = actor_of(principal);
  Result<void> chosen =
      co_await services->bodies->choose(*org_id, agent_id, days, std::move(actor));
  if (!chosen) co_return fail(chosen.error());
  JsonWriter out;
  out.begin_object().field("success", true).key("agentId");
  agent_id.empty() ? out.null() : out.value(agent_id);
  out.field("retentionDays", services->bodies->days(*org_id, agent_id)).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_body_storage(Services& services) {
  return {"comms_set_body_storage", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
