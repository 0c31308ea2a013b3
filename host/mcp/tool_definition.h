#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/schema_validator.h"

namespace commsd::mcp {

/// What schema/tools/NAME.json says of a tool:
///
///     {"name", "title", "description", "annotations": {"readOnlyHint", "destructiveHint",
///      "idempotentHint", "openWorldHint"}, "longRunning": false, "inputSchema", "outputSchema"}
///
/// All but longRunning are required and shown to clients. A long-running tool is answered by a
/// stream from the start, so that proxies see bytes while it waits.
struct ToolDefinition {
  std::string name;
  bool long_running = false;
  std::string listing;  // the Tool object of tools/list
  SchemaValidator input;
  SchemaValidator output;

  /// invalid_argument that names the tool and what is wrong with its file.
  static Result<ToolDefinition> parse(std::string_view json);
};

}  // namespace commsd::mcp
