#include "plugin/plugins_json.h"
#include "tools/tools.h"

namespace commsd::tools {

mcp::Tool list_plugins(Services& services) {
  return {"comms_list_plugins",
          {identity::Role::orchestrator},
          [&services](JsonValue, mcp::ToolContext&) -> Task<Result<mcp::ToolResult>> {
            co_return mcp::ToolResult{plugin::plugins_json(*services.plugins), false, {}};
          }};
}

}  // namespace commsd::tools
