#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  std::vector<std::string> channels;
  if (const auto list = arguments.get("channels")) {
    list->each([&](JsonValue name) { channels.emplace_back(name.string().value_or("")); });
  }
  auto blocked = co_await services->provisioning.block_channels(
      context->principal, scope->org_id, scope->agent_id, std::move(channels));
  if (!blocked) co_return fail(blocked.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", scope->agent_id);
  out.key("blockedChannels").begin_array();
  for (const std::string& name : *blocked) out.value(name);
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool block_channels(Services& services) {
  return {"comms_block_channels", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
