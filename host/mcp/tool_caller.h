#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "identity/refusal_log.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"
#include "telemetry/metrics.h"

namespace commsd::mcp {

/// How a call ended.
struct ToolOutcome {
  ToolResult result;           // what the caller is answered, an error as to_tool_error() writes it
  std::optional<Error> error;  // the error that `result` tells of, refused arguments included
  bool asks = false;           // the call ended with a question (see Manner); there is no result
};

/// Calls tools, whichever wire the call came by: the one place where arguments are checked, calls
/// are counted and timed, and errors are told and logged. MCP and REST differ in how they read a
/// call and write its outcome, not in what it is. [any executor; read without a lock]
class ToolCaller {
 public:
  /// `registry` is sealed and outlives this, and so does `metrics`.
  ToolCaller(const ToolRegistry& registry, telemetry::Metrics& metrics);

  const ToolRegistry& registry() const { return registry_; }

  /// Where refused calls are written down; outlives this. Before the first call; without it none
  /// is.
  void write_refusals_to(identity::RefusalLog& log) { refusals_ = &log; }

  /// What call() does with an error, for those who refuse a call before it comes to that: resumes
  /// when it is written down. Faults of ours and what is only away for now are no refusals.
  Task<void> refused(const identity::Principal& principal, std::string tool,
                     const Error& error) const;

  /// The scope that the caller's token lacks for that tool; "" when it lacks none.
  static std::string_view missing_scope(const ToolRegistry::Entry& entry,
                                        const identity::Principal& principal);

  /// What a wire does its own way; both may be null.
  struct Manner {
    Tool::Handler run;                       // in place of the tool's handler: starts a task
    std::function<bool(const Error&)> asks;  // whether an error is the mark of a question
  };

  /// Whether the caller may call the tool is settled before: ToolRegistry::find or permits(), and
  /// missing_scope(). `arguments` is an object; what is passed lives until the task has ended.
  /// Never throws.
  Task<ToolOutcome> call(const ToolRegistry::Entry& entry, JsonValue arguments,
                         ToolContext& context, Manner manner) const;

 private:
  struct Meters {
    telemetry::Counter* succeeded;
    telemetry::Counter* failed;
    telemetry::Counter* refused;
    telemetry::Histogram* seconds;
  };

  const ToolRegistry& registry_;
  identity::RefusalLog* refusals_ = nullptr;
  std::vector<Meters> meters_;  // by ToolRegistry::Entry::index
};

}  // namespace commsd::mcp
