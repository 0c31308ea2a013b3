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
  auto tokens = co_await services->agent_tokens.list(scope->org_id, scope->agent_id);
  if (!tokens) co_return fail(tokens.error());
  JsonWriter out;
  out.begin_object().key("tokens").begin_array();
  for (const store::Token& token : *tokens) {
    out.begin_object().field("id", token.id).field("label", token.label);
    out.field("createdAt", iso_time(token.created_at)).key("lastUsedAt");
    token.last_used_at ? out.value(iso_time(*token.last_used_at)) : out.null();
    out.end_object();
  }
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool list_agent_tokens(Services& services) {
  return {"comms_list_agent_tokens", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
