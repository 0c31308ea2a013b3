#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  auto cancelled = co_await services->scheduled.cancel(scope->org_id, scope->agent_id,
                                                       text_argument(arguments, "messageId"));
  if (!cancelled) co_return fail(cancelled.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("messageId", cancelled->id);
  out.field("status", cancelled->state).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool cancel_message(Services& services) {
  return {"comms_cancel_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
