#include "tools/call_arguments.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  Task<Result<store::Call>> ending =
      services->calls.hang_up(scope->org_id, scope->agent_id, text_argument(arguments, "callSid"));
  Result<store::Call> call = co_await std::move(ending);
  if (!call) co_return fail(call.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("callId", call->id);
  out.field("status", call->state).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool end_call(Services& services) {
  return {"comms_end_call", everybody, [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
