#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  const bool release = flag_argument(arguments, "releaseNumber", true);
  auto done = co_await services->provisioning.deprovision(context->principal, scope->org_id,
                                                          scope->agent_id, release);
  if (!done) co_return fail(done.error());

  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", scope->agent_id);
  out.field("status", "deprovisioned").field("alreadyDeprovisioned", done->already);
  out.field("numberReleased", done->number_released);
  out.field("whatsappReturned", done->whatsapp_returned).key("warnings").begin_array();
  for (const std::string& warning : done->warnings) out.value(warning);
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool deprovision_channels(Services& services) {
  return {"comms_deprovision_channels", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
