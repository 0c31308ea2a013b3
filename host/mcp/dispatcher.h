#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "identity/principal.h"
#include "mcp/client_requests.h"
#include "mcp/header_check.h"
#include "mcp/input_round.h"
#include "mcp/json_rpc.h"
#include "mcp/log_level.h"
#include "mcp/protocol.h"
#include "mcp/session.h"
#include "mcp/task_runner.h"
#include "mcp/tool_caller.h"
#include "mcp/tool_registry.h"
#include "telemetry/metrics.h"

namespace commsd::mcp {

/// How this server names itself to clients.
struct ServerInfo {
  std::string name = "commsd";
  std::string title = "commsd";
  std::string version;
  std::string instructions;  // for the model; empty = none
};

/// One request on its way through the methods. What it refers to lives until the reply is sent.
struct RpcCall {
  const RpcMessage& message;
  Era era;
  const identity::Principal& principal;
  std::stop_token cancelled;
  std::stop_token draining;
  /// Sends a notification before the reply, which makes the answer a stream; null where that
  /// cannot be. On the call's executor.
  std::function<void(std::string_view json)> notify;
  /// Asks the client's side; null where this wire or this request has no way to.
  ClientRequests* client = nullptr;
  InputRound* round = nullptr;              // modern calls that may ask: what `client` is
  Session* session = nullptr;               // legacy wires
  std::function<void()> close_stream = {};  // see ToolContext; null where it can do nothing
  HeaderLookup header = {};                 // of the HTTP request; null on the legacy wires
  std::optional<LogLevel> log_level = {};   // modern: what the request opted into
};

struct RpcReply {
  std::string body;       // the whole JSON-RPC response
  int http_status = 200;  // for the modern wire; the legacy wires send every reply with 200
  std::function<void(bool delivered)> on_written;  // may be null
};

/// The methods of the protocol, independent of the wires. A feature (resources, prompts, tasks)
/// adds its methods and its capability at start; nothing here needs to know it. After that it is
/// read from every loop without a lock.
class Dispatcher {
 public:
  using Method = std::function<Task<RpcReply>(RpcCall&)>;
  enum class Serves { legacy, modern, both };

  /// `registry` is sealed and outlives this.
  Dispatcher(const ToolRegistry& registry, ServerInfo info, telemetry::Metrics& metrics);

  void add_method(std::string name, Serves serves, Method method);
  /// `settings_json` is an object, e.g. {"listChanged":true}.
  void add_capability(std::string name, Serves serves, std::string settings_json);

  /// Before mount(). The runner outlives the calls; without one no call becomes a task.
  void set_task_runner(TaskRunner* runner) { task_runner_ = runner; }
  TaskRunner* task_runner() const { return task_runner_; }  // null when there are no tasks

  /// For the other wire that calls tools.
  const ToolCaller& tool_caller() const { return tools_; }
  /// See ToolCaller; before mount().
  void write_refusals_to(identity::RefusalLog& log) { tools_.write_refusals_to(log); }

  bool knows(std::string_view method, Era era) const;

  /// Whether a capability is declared with that flag, e.g. tools and listChanged.
  bool declares(std::string_view capability, std::string_view flag, Era era) const;

  /// Whether the answer is a stream from the start, because the tool takes long.
  bool wants_stream(const RpcMessage& message, const identity::Principal& principal) const;
  /// Whether the request may change something: a tool that is not read-only.
  bool acts(const RpcMessage& message, const identity::Principal& principal) const;

  /// For methods that pass on an error of RpcCall::client: the reply when the error means that the
  /// client has to be asked first (modern), or could not be; empty for any other error.
  std::optional<RpcReply> ask_client(const RpcCall& call, const Error& error) const;

  /// The scope that the caller's token lacks for this request; "" when it lacks none. The one place
  /// where scopes of tools are checked: the wires ask before they answer, for a 403 with a
  /// challenge, and dispatch() refuses what a wire let through.
  std::string_view missing_scope(const RpcMessage& message,
                                 const identity::Principal& principal) const;

  /// Writes down that missing_scope() was not empty.
  Task<void> refused_for_scope(const RpcMessage& message,
                               const identity::Principal& principal) const;

  /// Never throws: an exception from a method becomes -32603 and a log line.
  Task<RpcReply> dispatch(RpcCall& call) const;

  /// The reply to `initialize`, which the wires answer themselves because it opens their session.
  struct Initialized {
    RpcReply reply;
    std::string version;  // negotiated; empty when the reply is an error
    ClientCapabilities capabilities;
  };
  Initialized initialize(const RpcMessage& message) const;

  /// A reply whose result has these members ("" = none) and, on the modern wire, those that every
  /// result ends with.
  RpcReply result(const RpcCall& call, std::string_view members) const;
  /// The same with the cache hints of the modern wire. Private always: lists depend on the token.
  RpcReply cached_result(const RpcCall& call, std::string_view members,
                         std::chrono::milliseconds lifetime = std::chrono::seconds(60)) const;
  static RpcReply error(const RpcCall& call, const RpcError& error);
  static RpcReply bad_cursor(const RpcCall& call);

  /// `{"name":...,"title":...,"version":...}`
  const std::string& server_info_json() const { return server_info_; }

 private:
  struct Entry {
    Serves serves;
    Method method;
  };

  std::string capabilities_json(Era era) const;
  RpcReply discover(const RpcCall& call) const;
  RpcReply list_tools(const RpcCall& call) const;
  RpcReply set_level(const RpcCall& call) const;
  Task<RpcReply> call_tool(RpcCall& call) const;
  /// -32602 for a call that names no tool of the caller's, or whose arguments are no object.
  Task<RpcReply> refuse_call(const RpcCall& call, std::string name, Error error) const;
  std::string tool_result(const RpcCall& call, const ToolResult& tool) const;

  const ToolRegistry& registry_;
  ToolCaller tools_;
  ServerInfo info_;
  std::string server_info_;
  std::string modern_meta_;  // the _meta of every modern result
  std::string modern_tail_;  // the members every modern result ends with
  std::map<std::string, Entry, std::less<>> methods_;
  struct Capability {
    std::string name;
    Serves serves;
    std::string settings;
  };
  std::vector<Capability> capabilities_;
  TaskRunner* task_runner_ = nullptr;
};

}  // namespace commsd::mcp
