#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments) {
  JsonWriter out;
  out.begin_object().field("status", "ok").field("server", services->server_name);
  out.field("version", services->version).field("echo", arguments.string("message"));
  out.raw_field("providers", services->active_providers()).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool ping(Services& services) {
  return {"comms_ping", everybody, [&services](JsonValue arguments, mcp::ToolContext&) {
            return run(&services, arguments);
          }};
}

}  // namespace commsd::tools
