#include "tools/agent_scope.h"
#include "tools/channel_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  auto report = co_await services->provisioning.report(scope->org_id, scope->agent_id);
  if (!report) co_return fail(report.error());
  JsonWriter out;
  out.begin_object().field("agentId", report->agent.id);
  out.field("displayName", report->agent.display_name).field("status", report->agent.status);
  out.field("provisionedAt", iso_time(report->agent.created_at));
  write_channels(out, report->channels);
  write_pool(out, report->pool);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool get_channel_status(Services& services) {
  return {"comms_get_channel_status", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
