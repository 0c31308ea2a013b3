#include "mcp/tool_caller.h"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace commsd::mcp {

namespace {

Error invalid_arguments(const std::vector<std::string>& faults) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  for (const std::string& fault : faults) {
    if (!error.message.empty()) error.message += "; ";
    error.message += fault;
  }
  error.remedy = "Correct the arguments and call the tool again.";
  return error;
}

ToolOutcome failed_with(Error error) {
  ToolOutcome outcome;
  outcome.result = to_tool_error(error);
  outcome.error = std::move(error);
  return outcome;
}

}  // namespace

ToolCaller::ToolCaller(const ToolRegistry& registry, telemetry::Metrics& metrics)
    : registry_(registry) {
  for (const auto& entry : registry.entries()) {
    const auto counter = [&](std::string_view outcome) {
      return &metrics.counter("commsd_tool_calls_total", "Tool calls over MCP and REST.",
                              {{"tool", entry->definition.name}, {"outcome", outcome}});
    };
    meters_.push_back(
        {counter("ok"), counter("error"), counter("invalid"),
         &metrics.histogram("commsd_tool_call_seconds", "Duration of tool calls over MCP and REST.",
                            telemetry::duration_buckets(), {{"tool", entry->definition.name}})});
  }
}

std::string_view ToolCaller::missing_scope(const ToolRegistry::Entry& entry,
                                           const identity::Principal& principal) {
  const std::string& scope = entry.definition.scope;
  return principal.may(scope) ? std::string_view() : std::string_view(scope);
}

Task<ToolOutcome> ToolCaller::call(const ToolRegistry::Entry& entry, JsonValue arguments,
                                   ToolContext& context, Manner manner) const {
  const Meters& meters = meters_[entry.index];
  const std::vector<std::string> faults = entry.definition.input.check(arguments);
  if (!faults.empty()) {
    meters.refused->add();
    co_return failed_with(invalid_arguments(faults));
  }
  const auto started = std::chrono::steady_clock::now();
  Result<ToolResult> ended = fail(ErrorCode::internal, "The tool failed. Nothing more is known.");
  try {
    const Tool::Handler& handler = manner.run ? manner.run : entry.tool.handler;
    Task<Result<ToolResult>> task = handler(arguments, context);
    ended = co_await std::move(task);
  } catch (const std::exception& fault) {
    ended.error().cause = fault.what();
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  meters.seconds->observe(spent.count());

  ToolOutcome outcome;
  if (ended) {
    outcome.result = std::move(*ended);
  } else if (manner.asks && manner.asks(ended.error())) {
    outcome.error = std::move(ended.error());
    outcome.asks = true;
    co_return outcome;
  } else {
    log_tool_error(entry.definition.name, ended.error());
    outcome = failed_with(std::move(ended.error()));
  }
  (outcome.result.is_error ? meters.failed : meters.succeeded)->add();
  co_return outcome;
}

}  // namespace commsd::mcp
