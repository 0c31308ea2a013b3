#include "mcp/dispatcher.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/json_writer.h"
#include "mcp/modern_envelope.h"
#include "mcp/progress_reporter.h"
#include "mcp/task_replies.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

bool serves(Dispatcher::Serves what, Era era) {
  return what == Dispatcher::Serves::both ||
         (what == Dispatcher::Serves::modern) == (era == Era::modern);
}

Task<RpcReply> ready(RpcReply reply) {
  co_return std::move(reply);
}

RpcReply error_reply(const RpcCall& call, int code, std::string message) {
  return Dispatcher::error(call, {code, std::move(message), {}});
}

/// The arguments of a call that brings none.
JsonValue no_arguments() {
  static const JsonDocument empty = std::move(*JsonDocument::parse("{}"));
  return empty.root();
}

/// The call's progress to the client, if it asked for it.
std::shared_ptr<ProgressReporter> progress_of(const RpcCall& call) {
  const auto token = call.message.meta("progressToken");
  const auto token_json = token ? read_rpc_id(*token) : std::nullopt;
  if (!call.notify || !token_json) return nullptr;
  return std::make_shared<ProgressReporter>(call.notify, *token_json);
}

void send_log(const RpcCall& call, LogLevel level, std::string_view data, std::string_view logger) {
  const std::optional<LogLevel> least =
      call.session ? std::optional(call.session->log_level()) : call.log_level;
  if (!call.notify || !least || level < *least) return;
  JsonWriter params;
  params.begin_object().field("level", to_string(level));
  if (!logger.empty()) params.field("logger", logger);
  params.raw_field("data", data).end_object();
  call.notify(write_notification("notifications/message", params.text()));
}

ToolContext tool_context(const RpcCall& call, std::shared_ptr<ProgressReporter> progress) {
  ToolContext context{call.principal, call.cancelled, call.draining,
                      [](double, double, std::string_view) {}, call.client};
  if (progress) {
    context.progress = [progress = std::move(progress)](double done, double total,
                                                        std::string_view text) {
      progress->report(done, total, text);
    };
  }
  context.log = [&call](LogLevel level, std::string_view data, std::string_view logger) {
    send_log(call, level, data, logger);
  };
  if (call.close_stream) context.close_stream = call.close_stream;
  return context;
}

}  // namespace

Dispatcher::Dispatcher(const ToolRegistry& registry, ServerInfo info, telemetry::Metrics& metrics)
    : registry_(registry), tools_(registry, metrics), info_(std::move(info)) {
  JsonWriter server;
  server.begin_object()
      .field("name", info_.name)
      .field("title", info_.title)
      .field("version", info_.version)
      .end_object();
  server_info_ = server.take();
  modern_meta_ = R"("_meta":{")" + std::string(meta_server_info) + R"(":)" + server_info_ + "}";
  modern_tail_ = R"("resultType":"complete",)" + modern_meta_;

  add_method("server/discover", Serves::modern,
             [this](RpcCall& call) { return ready(discover(call)); });
  add_method("ping", Serves::legacy, [this](RpcCall& call) { return ready(result(call, {})); });
  add_method("logging/setLevel", Serves::legacy,
             [this](RpcCall& call) { return ready(set_level(call)); });
  add_method("tools/list", Serves::both, [this](RpcCall& call) { return ready(list_tools(call)); });
  add_method("tools/call", Serves::both, [this](RpcCall& call) { return call_tool(call); });
  add_capability("tools", Serves::both, "{}");
  add_capability("logging", Serves::legacy, "{}");
}

void Dispatcher::add_method(std::string name, Serves what, Method method) {
  methods_.insert_or_assign(std::move(name), Entry{what, std::move(method)});
}

void Dispatcher::add_capability(std::string name, Serves what, std::string settings_json) {
  std::erase_if(capabilities_, [&](const Capability& other) {
    return other.name == name && other.serves == what;
  });
  capabilities_.push_back({std::move(name), what, std::move(settings_json)});
}

bool Dispatcher::knows(std::string_view method, Era era) const {
  const auto found = methods_.find(method);
  return found != methods_.end() && serves(found->second.serves, era);
}

bool Dispatcher::wants_stream(const RpcMessage& message,
                              const identity::Principal& principal) const {
  if (message.method() != "tools/call") return false;
  const auto name = message.param("name");
  const auto* entry = registry_.find(principal, name ? name->string().value_or("") : "");
  return entry && entry->definition.long_running;
}

bool Dispatcher::acts(const RpcMessage& message, const identity::Principal& principal) const {
  if (message.method() != "tools/call") return false;
  const auto name = message.param("name");
  const auto* entry = registry_.find(principal.role, name ? name->string().value_or("") : "");
  return entry && !entry->definition.read_only;
}

bool Dispatcher::declares(std::string_view capability, std::string_view flag, Era era) const {
  for (const Capability& known : capabilities_) {
    if (known.name != capability || !serves(known.serves, era)) continue;
    const auto settings = JsonDocument::parse(known.settings);
    if (settings && settings->root().boolean(flag).value_or(false)) return true;
  }
  return false;
}

std::optional<RpcReply> Dispatcher::ask_client(const RpcCall& call, const Error& error) const {
  if (!call.round || !call.round->ended_by(error)) return std::nullopt;
  RpcReply reply;
  if (const auto& fault = call.round->fault()) {
    reply.body = write_error(call.message.id_json(), *fault);
    reply.http_status = modern_http_status(fault->code);
  } else {
    reply.body = write_result(call.message.id_json(),
                              "{" + call.round->members_json() + "," + modern_meta_ + "}");
  }
  return reply;
}

std::string_view Dispatcher::missing_scope(const RpcMessage& message,
                                           const identity::Principal& principal) const {
  if (!principal.scopes || message.method() != "tools/call") return {};
  const auto name = message.param("name");
  const auto* entry = registry_.find(principal.role, name ? name->string().value_or("") : "");
  return entry ? ToolCaller::missing_scope(*entry, principal) : std::string_view();
}

Task<void> Dispatcher::refused_for_scope(const RpcMessage& message,
                                         const identity::Principal& principal) const {
  const auto name = message.param("name");
  Error error;
  error.code = ErrorCode::permission_denied;
  Task<void> writing =
      tools_.refused(principal, std::string(name ? name->string().value_or("") : ""), error);
  co_await std::move(writing);
}

Task<RpcReply> Dispatcher::dispatch(RpcCall& call) const {
  if (const std::string_view scope = missing_scope(call.message, call.principal); !scope.empty()) {
    Task<void> writing = refused_for_scope(call.message, call.principal);
    co_await std::move(writing);
    RpcReply refused =
        error_reply(call, rpc_code::refused, "The token lacks the scope " + std::string(scope));
    refused.http_status = 403;
    co_return refused;
  }
  const auto found = methods_.find(call.message.method());
  if (found == methods_.end() || !serves(found->second.serves, call.era)) {
    co_return error_reply(call, rpc_code::method_not_found,
                          "Method not found: " + std::string(call.message.method().substr(0, 64)));
  }
  std::string cause;
  try {
    Task<RpcReply> task = found->second.method(call);
    co_return co_await std::move(task);
  } catch (const std::exception& fault) {
    cause = fault.what();
  }
  log::error("mcp_method_failed", {{"method", found->first}, {"cause", cause}});
  co_return error_reply(call, rpc_code::internal_error, "Internal error");
}

Dispatcher::Initialized Dispatcher::initialize(const RpcMessage& message) const {
  Initialized answer;
  const auto requested = message.param("protocolVersion");
  const auto text = requested ? requested->string() : std::nullopt;
  if (!text) {
    answer.reply.body = write_error(
        message.id_json(),
        {rpc_code::invalid_params, "Invalid params: 'protocolVersion' must be a string", {}});
    return answer;
  }
  answer.version = negotiate_legacy_version(*text);
  if (const auto capabilities = message.param("capabilities")) {
    answer.capabilities = ClientCapabilities::parse(*capabilities);
  }
  JsonWriter out;
  out.begin_object()
      .field("protocolVersion", answer.version)
      .raw_field("capabilities", capabilities_json(Era::legacy))
      .raw_field("serverInfo", server_info_);
  if (!info_.instructions.empty()) out.field("instructions", info_.instructions);
  out.end_object();
  answer.reply.body = write_result(message.id_json(), out.text());
  return answer;
}

std::string Dispatcher::capabilities_json(Era era) const {
  JsonWriter out;
  out.begin_object();
  for (const Capability& capability : capabilities_) {
    if (serves(capability.serves, era)) out.raw_field(capability.name, capability.settings);
  }
  out.end_object();
  return out.take();
}

RpcReply Dispatcher::result(const RpcCall& call, std::string_view members) const {
  const bool modern = call.era == Era::modern;
  RpcReply reply;
  reply.body = begin_result(call.message.id_json(), members.size() + modern_tail_.size() + 8);
  reply.body += '{';
  reply.body += members;
  if (modern) {
    if (!members.empty()) reply.body += ',';
    reply.body += modern_tail_;
  }
  reply.body += "}}";
  return reply;
}

RpcReply Dispatcher::cached_result(const RpcCall& call, std::string_view members,
                                   std::chrono::milliseconds lifetime) const {
  if (call.era == Era::legacy) return result(call, members);
  std::string all(members);
  all += R"(,"ttlMs":)" + std::to_string(lifetime.count()) + R"(,"cacheScope":"private")";
  return result(call, all);
}

RpcReply Dispatcher::error(const RpcCall& call, const RpcError& error) {
  RpcReply reply;
  reply.body = write_error(call.message.id_json(), error);
  reply.http_status = modern_http_status(error.code);
  return reply;
}

RpcReply Dispatcher::bad_cursor(const RpcCall& call) {
  return error(call, {rpc_code::invalid_params,
                      "Invalid params: 'cursor' is not one that this list gave out; ask without a "
                      "cursor to begin again",
                      {}});
}

RpcReply Dispatcher::discover(const RpcCall& call) const {
  JsonWriter versions;
  versions.begin_array();
  for (const std::string_view version : supported_versions()) versions.value(version);
  versions.end_array();
  std::string members = R"("supportedVersions":)" + versions.text() + R"(,"capabilities":)" +
                        capabilities_json(Era::modern);
  if (!info_.instructions.empty()) {
    members += R"(,"instructions":)";
    append_json_string(members, info_.instructions);
  }
  return cached_result(call, members);
}

RpcReply Dispatcher::list_tools(const RpcCall& call) const {
  std::optional<std::string> cursor;
  if (const auto given = call.message.param("cursor")) cursor = given->string().value_or("");
  const auto page = registry_.page(call.principal, cursor);
  return page ? cached_result(call, *page) : bad_cursor(call);
}

RpcReply Dispatcher::set_level(const RpcCall& call) const {
  const auto name = call.message.param("level");
  const auto text = name ? name->string() : std::nullopt;
  const auto level = text ? parse_log_level(*text) : std::nullopt;
  if (!level) {
    return error_reply(call, rpc_code::invalid_params,
                       "Invalid params: 'level' must be one of debug, info, notice, warning, "
                       "error, critical, alert, emergency");
  }
  if (call.session) call.session->set_log_level(*level);
  return result(call, {});
}

Task<RpcReply> Dispatcher::refuse_call(const RpcCall& call, std::string name, Error error) const {
  // A name that is no tool's is the caller's own text, which the audit log does not take.
  if (registry_.has(name)) {
    Task<void> writing = tools_.refused(call.principal, std::move(name), error);
    co_await std::move(writing);
  }
  co_return error_reply(call, rpc_code::invalid_params, std::move(error.message));
}

Task<RpcReply> Dispatcher::call_tool(RpcCall& call) const {
  const auto name_value = call.message.param("name");
  const auto name = name_value ? name_value->string() : std::nullopt;
  if (!name) {
    co_return error_reply(call, rpc_code::invalid_params,
                          "Invalid params: 'name' must be the name of a tool");
  }
  const ToolRegistry::Entry* entry = registry_.find(call.principal, *name);
  if (!entry) {
    Error error = make_error(ErrorCode::permission_denied,
                             "Unknown tool: " + std::string(name->substr(0, 64)));
    Task<RpcReply> refusing = refuse_call(call, std::string(*name), std::move(error));
    co_return co_await std::move(refusing);
  }
  const TaskSupport support = entry->definition.task_support;
  const ClientCapabilities client =
      support == TaskSupport::forbidden ? ClientCapabilities() : declared_capabilities(call);
  const bool as_task = task_runner_ && client.tasks;
  if (support == TaskSupport::required && !as_task) co_return tasks_not_declared(call);
  const auto given = call.message.param("arguments");
  if (given && !given->is_object()) {
    Error error =
        make_error(ErrorCode::invalid_argument, "Invalid params: 'arguments' must be an object");
    Task<RpcReply> refusing = refuse_call(call, std::string(*name), std::move(error));
    co_return co_await std::move(refusing);
  }
  const JsonValue arguments = given ? *given : no_arguments();
  if (call.header) {
    const std::string mismatch =
        check_header_parameters(entry->definition.header_parameters, arguments, call.header);
    if (!mismatch.empty()) {
      co_return error_reply(call, rpc_code::header_mismatch, "Header mismatch: " + mismatch);
    }
  }
  const std::shared_ptr<ProgressReporter> progress = progress_of(call);
  if (progress) progress->start();
  ToolContext context = tool_context(call, progress);
  ToolCaller::Manner manner;
  if (as_task) {
    manner.run = [&](JsonValue valid, ToolContext& within) {
      return task_runner_->start(*entry, valid, client, within);
    };
  }
  if (call.round) manner.asks = [&call](const Error& error) { return call.round->ended_by(error); };
  Task<ToolOutcome> calling = tools_.call(*entry, arguments, context, std::move(manner));
  ToolOutcome outcome = co_await std::move(calling);
  if (progress) progress->stop();
  if (outcome.asks) {
    auto asking = ask_client(call, *outcome.error);
    co_return std::move(*asking);
  }
  RpcReply reply;
  reply.body = tool_result(call, outcome.result);
  reply.on_written = std::move(outcome.result.on_written);
  co_return reply;
}

std::string Dispatcher::tool_result(const RpcCall& call, const ToolResult& tool) const {
  if (!tool.task_members.empty()) {
    return write_result(call.message.id_json(),
                        R"({"resultType":"task",)" + tool.task_members + "," + modern_meta_ + "}");
  }
  const std::string& json = tool.json;
  std::string out = begin_result(
      call.message.id_json(), json.size() * 2 + json.size() / 4 + tool.content_json.size() + 256);
  out += '{';
  append_tool_result(out, tool);
  if (call.era == Era::modern) {
    out += ',';
    out += modern_tail_;
  }
  out += "}}";
  return out;
}

}  // namespace commsd::mcp
