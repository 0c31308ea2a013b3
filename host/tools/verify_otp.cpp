#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<AgentScope>> finding = existing_agent_scope(
      services->provisioning, context->principal, text_argument(arguments, "agentId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  Task<Result<std::string>> checking = services->codes.verify(
      scope->org_id, scope->agent_id, text_argument(arguments, "contactAddress"),
      text_argument(arguments, "code"));
  Result<std::string> reason = co_await std::move(checking);
  if (!reason) co_return fail(reason.error());
  JsonWriter out;
  out.begin_object().field("valid", reason->empty());
  if (!reason->empty()) out.field("reason", *reason);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool verify_otp(Services& services) {
  return {"comms_verify_otp", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
