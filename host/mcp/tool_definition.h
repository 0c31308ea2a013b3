#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mcp/header_parameters.h"
#include "mcp/rest_route.h"
#include "mcp/schema_validator.h"

namespace commsd::mcp {

/// Whether calls of a tool may become tasks: never, if the client can follow one, or only then. Not
/// listed: the extension leaves it to the server (SEP-2663), and what 2025-11-25 listed meant
/// another tasks protocol, which is not spoken here.
enum class TaskSupport { forbidden, optional, required };

/// What schema/tools/NAME.json says of a tool:
///
///     {"name", "title", "description", "icons": [...], "toolsets": ["messaging"],
///      "annotations": {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"},
///      "editions": ["enterprise", "saas"], "scope": "comms:send", "longRunning": false,
///      "handlerChecks": false, "taskSupport": "forbidden", "inputSchema", "outputSchema",
///      "rest": {"method", "path", "example"}, "restOnly": false, "onRequest": false}
///
/// name, title, description, annotations and inputSchema are required, and `rest` for the tools of
/// the product. Clients of MCP are shown all but toolsets, editions, scope, longRunning,
/// handlerChecks, taskSupport, rest, restOnly and onRequest, the schemas as they stand; agents,
/// whose lists models read, are not shown icons, and of outputSchema no more than an outline.
///   - A long-running tool is answered by a stream from the start, so that proxies see bytes while
///     it waits.
///   - toolsets: a token may be narrowed to some; a tool without any is in all of them.
///   - editions: those that have the tool; without any every edition has it. In another edition it
///   is
///     as if it did not exist.
///   - scope: what a token that is limited to scopes must carry to call it
///     (identity::known_scopes); without one every token of the right role may.
///   - handlerChecks: the input schema may use keywords that are not compiled ($ref, allOf, if);
///     its handler checks what they say.
///   - rest: where the tool stands on /api/v1 (mcp/rest_route.h). restOnly: there alone, because
///     what it answers does not belong into a model's context.
///   - onRequest: an agent may call it, but its list has it only when its token names one of the
///     toolsets: models choose worse from long lists, and 20 KB of list is what one may cost.
struct ToolDefinition {
  std::string name;
  bool long_running = false;
  bool read_only = false;  // readOnlyHint
  std::string scope;
  std::string listing;        // the Tool object of tools/list
  std::string brief_listing;  // the same for a model: no icons, and an outline of outputSchema
  bool on_request = false;
  SchemaValidator input;
  std::optional<SchemaValidator> output;
  std::vector<std::string> toolsets;
  std::vector<HeaderParameter> header_parameters;
  TaskSupport task_support = TaskSupport::forbidden;
  std::vector<std::string> editions = {};
  std::optional<RestRoute> rest = {};
  bool rest_only = false;

  /// invalid_argument that names the tool and what is wrong with its file.
  static Result<ToolDefinition> parse(std::string_view json);
};

}  // namespace commsd::mcp
