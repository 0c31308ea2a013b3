#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/client_requests.h"
#include "mcp/log_level.h"

namespace commsd::mcp {

/// What a tool call may use besides its arguments. Lives until the call has been answered.
/// Callbacks on the stop tokens may run on any thread: let them complete a Completion, no more.
/// Everything else is for the call's executor.
struct ToolContext {
  identity::Principal principal;
  std::stop_token cancelled;  // the client went away or cancelled: the answer will not be read
  std::stop_token draining;   // the server stops: a long poll answers now, with what it has
  /// Sends progress when the client asked for it, else does nothing: (done, total, message).
  std::function<void(double, double, std::string_view)> progress;
  /// Asks the client's side in the middle of the call; null where there is no way to.
  ClientRequests* client = nullptr;
  /// Sends notifications/message if the client listens at that level: (level, data as one JSON
  /// value, name of the logger or ""). No personal data, as in every log.
  std::function<void(LogLevel, std::string_view, std::string_view)> log =
      [](LogLevel, std::string_view, std::string_view) {};
  /// Ends the connection that the answer is to come by; the client comes back for the answer
  /// ("polling", 2025-11-25, basic/transports). Does nothing on wires that cannot resume.
  std::function<void()> close_stream = [] {};
};

/// What a tool answers: a JSON object, sent as structuredContent and as the same text. An error is
/// sent as text only: clients check structuredContent against the output schema even of errors.
struct ToolResult {
  std::string json;       // may be empty when there is `content_json`
  bool is_error = false;  // a business error the model can act on
  /// Called once the answer has been handed to the transport whole; false when it was not. This is
  /// what lets "fetch acknowledges" hold when a client dies in mid-reply.
  std::function<void(bool delivered)> on_written = nullptr;
  /// The `content` array, for what is more than text (images, audio, resources); "" for the text
  /// of `json`.
  std::string content_json = {};
  /// The members of a Task instead of all that: the call goes on as one. For the TaskRunner only.
  std::string task_members = {};
};

struct ToolAnnotations {
  bool read_only = false;
  bool destructive = false;
  bool idempotent = false;
  bool open_world = true;
};

/// One tool. Its name, title, description, schemas and annotations are data: schema/tools/NAME.json
/// (embedded). A tool is one file in host/tools that registers a handler for that name.
struct Tool {
  using Handler =
      std::function<Task<Result<ToolResult>>(JsonValue arguments, ToolContext& context)>;

  std::string name;
  std::vector<identity::Role> roles;  // who sees and may call it
  Handler handler;  // `arguments` is an object valid against the input schema, alive for the call
  /// For tools with task support; may be null. What has to be asked before there is a task: runs in
  /// the request, by the rules of ClientRequests. The handler asks the same again in the task and
  /// is answered at once. (Extension tasks, "Task Creation": resolve multi round-trip exchanges
  /// synchronously before answering with a task.)
  std::function<Task<Result<void>>(JsonValue arguments, ToolContext& context)> ask_first = nullptr;
};

/// What to do about an error whose author had nothing to say on that: no refusal leaves a caller
/// without advice.
std::string_view usual_remedy(ErrorCode code);
/// The error with a remedy: its own, or else the usual one.
Error with_remedy(Error error);

/// An Error as the tool result every tool gives: {"error":{"code","message","remedy",...}}.
ToolResult to_tool_error(const Error& error);

/// Appends the members `content` and `isError` or `structuredContent` of a CallToolResult.
void append_tool_result(std::string& out, const ToolResult& result);

/// Logs what an error hides from the caller, if anything.
void log_tool_error(std::string_view tool, const Error& error);

}  // namespace commsd::mcp
