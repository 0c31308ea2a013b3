#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"

namespace commsd::mcp {

/// Runs tool calls as tasks: what the dispatcher knows of the extension
/// io.modelcontextprotocol/tasks.
class TaskRunner {
 public:
  virtual ~TaskRunner() = default;

  /// Makes the task durable, starts the tool beside the request and answers with `task_members`.
  /// Errors: what the tool's `ask_first` returns (the questions of a multi round-trip request
  /// included), rate_limited, unavailable. `arguments` and `context` are alive until it returns.
  virtual Task<Result<ToolResult>> start(const ToolRegistry::Entry& entry, JsonValue arguments,
                                         ClientCapabilities client, ToolContext& context) = 0;

  /// Whether the principal may hear of this task: for the taskIds of subscriptions/listen.
  virtual Task<bool> visible(identity::Principal principal, std::string task_id) const = 0;
};

}  // namespace commsd::mcp
