#include "identity/agent_tokens.h"
#include "tools/agent_scope.h"
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
  if (report->agent.status == "deprovisioned") {
    co_return fail(ErrorCode::conflict, "the agent is deprovisioned and gets no token");
  }
  auto done = co_await services->agent_tokens.regenerate(context->principal, scope->org_id,
                                                         scope->agent_id);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("token", done->token);
  out.field("revokedCount", done->revoked).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool regenerate_agent_token(Services& services) {
  return {"comms_regenerate_agent_token", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
