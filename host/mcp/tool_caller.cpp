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
  return error;
}

ToolOutcome failed_with(Error error) {
  error = with_remedy(std::move(error));
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

Task<void> ToolCaller::refused(const identity::Principal& principal, std::string tool,
                               const Error& error) const {
  const bool failure = error.code == ErrorCode::internal || error.code == ErrorCode::unavailable ||
                       error.code == ErrorCode::cancelled;
  if (!refusals_ || failure) co_return;
  identity::RefusalLog::Refusal refusal{principal.org_id, principal.token_id, std::move(tool),
                                        std::string(to_string(error.code)), error.rule};
  Task<void> writing = refusals_->write(std::move(refusal));
  co_await std::move(writing);
}

Task<ToolOutcome> ToolCaller::call(const ToolRegistry::Entry& entry, JsonValue arguments,
                                   ToolContext& context, Manner manner) const {
  const Meters& meters = meters_[entry.index];
  const std::vector<std::string> faults = entry.definition.input.check(arguments);
  if (!faults.empty()) {
    meters.refused->add();
    ToolOutcome refusal = failed_with(invalid_arguments(faults));
    Task<void> writing = refused(context.principal, entry.definition.name, *refusal.error);
    co_await std::move(writing);
    co_return refusal;
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
    Task<void> writing = refused(context.principal, entry.definition.name, *outcome.error);
    co_await std::move(writing);
  }
  (outcome.result.is_error ? meters.failed : meters.succeeded)->add();
  co_return outcome;
}

}  // namespace commsd::mcp
