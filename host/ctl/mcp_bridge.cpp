#include "ctl/mcp_bridge.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/digest.h"
#include "base/json_writer.h"

namespace commsd::ctl {

namespace {

constexpr std::string_view version_member = "io.modelcontextprotocol/protocolVersion";
constexpr int parse_error = -32700;  // JSON-RPC 2.0, section 5.1
constexpr int internal_error = -32603;

/// The member of params that the Mcp-Name header repeats (2026-07-28).
std::string_view named_member(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  if (method.starts_with("tasks/")) return "taskId";
  return {};
}

/// As is when it may stand in a header, else "=?base64?...?=".
std::string header_value(std::string_view text) {
  const bool plain =
      !text.empty() && text.front() != ' ' && text.back() != ' ' &&
      !text.starts_with("=?base64?") &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? std::string(text) : "=?base64?" + base64_encode(text) + "?=";
}

/// The protocol version a modern message names in its envelope; empty for legacy ones.
std::optional<std::string_view> envelope_version(const JsonValue& message) {
  const auto params = message.get("params");
  const auto meta = params ? params->get("_meta") : std::nullopt;
  return meta ? meta->string(version_member) : std::nullopt;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  // a line feed in JSON text is white space, but here it ends the message
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line;
}

}  // namespace

McpBridge::McpBridge(Target target, std::istream& in, std::ostream& out, std::ostream& err)
    : target_(std::move(target)), in_(in), out_(out), err_(err) {}

McpBridge::~McpBridge() {
  *stop_listening_ = true;
  if (listener_.joinable()) listener_.join();
  wait_for_requests(0);
}

bool McpBridge::run() {
  for (std::string line; !output_closed_ && std::getline(in_, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) take(line);
  }
  wait_for_requests(0);
  *stop_listening_ = true;
  if (listener_.joinable()) listener_.join();
  end_session();
  return !output_closed_;
}

void McpBridge::take(const std::string& line) {
  const Result<JsonDocument> document = JsonDocument::parse(line);
  if (!document || !document->root().is_object()) {
    return emit_error("null", parse_error, "Parse error: each line is one JSON-RPC message");
  }
  const JsonValue message = document->root();
  const auto id = message.get("id");
  const std::string method(message.string("method").value_or(""));
  HttpFields fields = fields_for(message);
  if (id && !method.empty() && method != "initialize") {
    return start_request(line, std::move(fields), id->to_string());
  }
  if (method == "notifications/cancelled") cancel(message);
  const Cancel never = std::make_shared<std::atomic<bool>>(false);
  post(line, fields, id && !method.empty() ? id->to_string() : "", method == "initialize", never);
  if (method == "notifications/initialized" && !listener_.joinable()) {
    const std::lock_guard lock(mutex_);
    if (!session_.empty()) listener_ = std::thread([this] { listen(); });
  }
}

/// Since 2026-07-28 the end of the connection is what cancels a request over HTTP. A legacy
/// request is left open: the notification tells the server, which may answer all the same.
void McpBridge::cancel(const JsonValue& message) {
  const auto params = message.get("params");
  const auto id = params ? params->get("requestId") : std::nullopt;
  if (!id) return;
  const std::lock_guard lock(mutex_);
  const auto found = cancels_.find(id->to_string());
  if (found != cancels_.end() && session_.empty()) *found->second = true;
}

void McpBridge::start_request(std::string line, HttpFields fields, std::string id_json) {
  wait_for_requests(most_requests - 1);
  const Cancel cancelled = std::make_shared<std::atomic<bool>>(false);
  {
    const std::lock_guard lock(mutex_);
    ++running_;
    cancels_[id_json] = cancelled;
  }
  std::thread([this, line = std::move(line), fields = std::move(fields),
               id_json = std::move(id_json), cancelled] {
    post(line, fields, id_json, false, cancelled);
    const std::lock_guard lock(mutex_);
    cancels_.erase(id_json);
    --running_;
    changed_.notify_all();  // under the lock: afterwards this object may be gone
  }).detach();
}

void McpBridge::wait_for_requests(std::size_t at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, at_most] { return running_ <= at_most; });
}

HttpFields McpBridge::fields_for(const JsonValue& message) {
  const auto version = envelope_version(message);
  HttpFields fields;
  if (version) {
    fields = {{"Authorization", "Bearer " + target_.token},
              {"MCP-Protocol-Version", header_value(*version)}};
    const auto method = message.string("method");
    if (method) fields.emplace_back("Mcp-Method", header_value(*method));
    const std::string_view member = named_member(method.value_or(""));
    const auto params = message.get("params");
    const auto name = params && !member.empty() ? params->string(member) : std::nullopt;
    if (name) fields.emplace_back("Mcp-Name", header_value(*name));
  } else {
    fields = session_fields();
  }
  fields.emplace_back("Content-Type", "application/json");
  fields.emplace_back("Accept", "application/json, text/event-stream");
  return fields;
}

HttpFields McpBridge::session_fields() {
  HttpFields fields{{"Authorization", "Bearer " + target_.token}};
  const std::lock_guard lock(mutex_);
  if (!session_.empty()) fields.emplace_back("Mcp-Session-Id", session_);
  if (!version_.empty()) fields.emplace_back("MCP-Protocol-Version", version_);
  return fields;
}

/// `id_json` is empty for messages that get no answer.
void McpBridge::post(const std::string& line, const HttpFields& fields, const std::string& id_json,
                     bool opens_session, const Cancel& cancelled) {
  bool answered = false;
  const auto on_event = [this, &answered, &id_json](std::string_view data, std::string_view) {
    if (const auto event = JsonDocument::parse(data)) {
      const auto id = event->root().get("id");
      answered = answered || (id && !event->root().get("method") && id->to_string() == id_json);
    }
    emit(data);
  };
  const HttpReply reply = clients_.run("POST", target_.url, fields, line, on_event, *cancelled);
  if (*cancelled || answered) return;
  if (reply.status == 200 && opens_session) open_session(reply);
  if (reply.status == 200 && !reply.body.empty()) return emit(reply.body);
  if (id_json.empty()) {
    if (reply.status < 200 || reply.status > 299) {
      err_ << "commsctl: a notification was not taken ("
           << (reply.status == 0 ? reply.problem : "HTTP " + std::to_string(reply.status)) << ")\n";
    }
    return;
  }
  const auto document = JsonDocument::parse(reply.body);
  if (document && document->root().string("jsonrpc")) return emit(reply.body);
  if (reply.status == 0) {
    return emit_error(id_json, internal_error,
                      "No answer from " + target_.url + ": " + reply.problem);
  }
  const std::string hint =
      reply.status == 401 ? " (is the token right and not revoked?)" : std::string();
  emit_error(id_json, internal_error,
             reply.status == 200
                 ? "The server ended the answer early"
                 : "The server answered HTTP " + std::to_string(reply.status) + hint);
}

void McpBridge::open_session(const HttpReply& reply) {
  const auto document = JsonDocument::parse(reply.body);
  const auto result = document ? document->root().get("result") : std::nullopt;
  const std::lock_guard lock(mutex_);
  session_ = reply.session;
  if (result) version_ = result->string("protocolVersion").value_or("");
}

/// Opened again when it ends, from where it ended; a server without such a stream answers 405.
void McpBridge::listen() {
  std::string last;
  while (!*stop_listening_) {
    HttpFields fields = session_fields();
    fields.emplace_back("Accept", "text/event-stream");
    if (!last.empty()) fields.emplace_back("Last-Event-ID", last);
    const auto on_event = [this, &last](std::string_view data, std::string_view id) {
      if (!id.empty()) last = id;
      emit(data);
    };
    const HttpReply reply =
        clients_.run("GET", target_.url, fields, {}, on_event, *stop_listening_);
    if (reply.status >= 400 && reply.status < 500) return;
    for (int wait = 0; wait < 10 && !*stop_listening_; ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void McpBridge::end_session() {
  const HttpFields fields = session_fields();
  {
    const std::lock_guard lock(mutex_);
    if (session_.empty()) return;
  }
  const std::atomic<bool> never{false};
  clients_.run(
      "DELETE", target_.url, fields, {}, [](std::string_view, std::string_view) {}, never);
}

void McpBridge::emit(std::string_view message) {
  if (message.empty()) return;
  const std::string line = one_line(message);
  const std::lock_guard lock(output_mutex_);
  out_ << line << '\n' << std::flush;
  if (!out_) output_closed_ = true;
}

void McpBridge::emit_error(const std::string& id_json, int code, std::string_view text) {
  JsonWriter out;
  out.begin_object().field("jsonrpc", "2.0").raw_field("id", id_json).key("error").begin_object();
  out.field("code", code).field("message", text).end_object().end_object();
  emit(out.take());
}

}  // namespace commsd::ctl
