#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<std::string>> enabling =
      services->enable_plugin(context->principal.token_id, text_argument(arguments, "name"));
  Result<std::string> enabled = co_await std::move(enabling);
  if (!enabled) co_return fail(enabled.error());
  co_return mcp::ToolResult{std::move(*enabled), false, {}};
}

}  // namespace

mcp::Tool enable_plugin(Services& services) {
  return {"comms_enable_plugin",
          {identity::Role::orchestrator},
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
