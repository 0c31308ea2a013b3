// Streamable HTTP, modern (2026-07-28) and legacy (2025-03-26 to 2025-11-25), on /mcp. Statuses
// and codes of the legacy wire are those of the official TypeScript SDK, which clients expect.
#include <utility>

#include "base/text.h"
#include "mcp/http_rules.h"
#include "mcp/mcp_server.h"

namespace commsd::mcp {

namespace {

EnvelopeHeaders envelope_headers(const net::HttpExchange& exchange) {
  return {exchange.header("MCP-Protocol-Version"), exchange.header("Mcp-Method"),
          exchange.header("Mcp-Name")};
}

bool names_modern_version(const EnvelopeHeaders& headers) {
  return headers.protocol_version && trim(*headers.protocol_version) == modern_version;
}

std::string unsupported_version_message() {
  std::string text = "Bad Request: Unsupported protocol version (supported versions: ";
  for (const std::string_view version : supported_versions()) {
    if (!text.ends_with(": ")) text += ", ";
    text += version;
  }
  return text + ")";
}

}  // namespace

Task<void> McpServer::handle_mcp(net::HttpExchange& exchange) {
  Task<Caller> admission = admit(exchange);
  const Caller caller = co_await std::move(admission);
  if (!caller.accepted) co_return;
  if (exchange.method() == "POST") {
    Task<void> served = post_mcp(exchange, caller.principal);
    co_await std::move(served);
    co_return;
  }
  // Modern MCP has neither streams by GET nor sessions to DELETE; HEAD means nothing to MCP, and
  // the router hands it to GET's handler.
  const bool modern = names_modern_version(envelope_headers(exchange));
  if (modern || exchange.method() == "HEAD") {
    respond(exchange, 405, write_error({}, {rpc_code::refused, "Method not allowed: use POST", {}}),
            {{"Allow", modern ? "POST, OPTIONS" : "GET, POST, DELETE, OPTIONS"}});
  } else if (exchange.method() == "DELETE") {
    end_session(exchange, caller.principal);
  } else {
    open_stream(exchange, caller.principal);
  }
}

Task<void> McpServer::post_mcp(net::HttpExchange& exchange, const identity::Principal& principal) {
  if (!is_json_type(exchange.header("Content-Type"))) {
    respond_error(exchange, 415, rpc_code::refused,
                  "Unsupported Media Type: Content-Type must be application/json");
    co_return;
  }
  auto parsed = RpcMessage::parse(exchange.body());
  if (!parsed) {
    respond(exchange, 400, write_error(parsed.error().id_json, parsed.error().error));
    co_return;
  }
  const EnvelopeHeaders headers = envelope_headers(exchange);
  Task<void> served = is_modern(*parsed, headers)
                          ? serve_modern(exchange, *parsed, headers, principal)
                          : serve_legacy(exchange, *parsed, headers, principal);
  co_await std::move(served);
}

Task<void> McpServer::serve_modern(net::HttpExchange& exchange, const RpcMessage& message,
                                   const EnvelopeHeaders& headers,
                                   const identity::Principal& principal) {
  if (message.kind() == RpcMessage::Kind::response) {
    respond_error(exchange, 400, rpc_code::invalid_request,
                  "Invalid Request: this version has no responses from clients", message.id_json());
    co_return;
  }
  if (message.kind() == RpcMessage::Kind::notification) {
    respond(exchange, 202, {});
    co_return;
  }
  if (const auto fault = check_envelope(message, headers)) {
    respond(exchange, envelope_fault_status, write_error(message.id_json(), *fault));
    co_return;
  }
  RpcCall call{message, Era::modern, principal, exchange.disconnected(), draining_.get_token(),
               nullptr, nullptr};
  Task<void> answered = answer(exchange, call);
  co_await std::move(answered);
}

Task<void> McpServer::serve_legacy(net::HttpExchange& exchange, const RpcMessage& message,
                                   const EnvelopeHeaders& headers,
                                   const identity::Principal& principal) {
  const auto accept = exchange.header("Accept");
  if (!accepts(accept, "application/json") || !accepts(accept, "text/event-stream")) {
    respond_error(exchange, 406, rpc_code::refused,
                  "Not Acceptable: Client must accept both application/json and "
                  "text/event-stream",
                  message.id_json());
    co_return;
  }
  if (message.kind() == RpcMessage::Kind::request && message.method() == "initialize") {
    initialize(exchange, message, principal);
    co_return;
  }
  if (headers.protocol_version && !is_legacy_version(trim(*headers.protocol_version))) {
    respond_error(exchange, 400, rpc_code::refused, unsupported_version_message(),
                  message.id_json());
    co_return;
  }
  const std::shared_ptr<Session> session = legacy_session(exchange, principal, message.id_json());
  if (!session) co_return;
  if (message.kind() != RpcMessage::Kind::request) {
    if (message.kind() == RpcMessage::Kind::notification) receive_notification(*session, message);
    respond(exchange, 202, {});
    co_return;
  }
  // Losing the connection is no cancellation on this wire: only notifications/cancelled is.
  const Session::Running running(session, message.id_json());
  RpcCall call{message, Era::legacy, principal, running.token(), draining_.get_token(),
               nullptr, nullptr};
  Task<void> answered = answer(exchange, call);
  co_await std::move(answered);
}

Task<void> McpServer::answer(net::HttpExchange& exchange, RpcCall& call) {
  if (dispatcher_.wants_stream(call.message, call.principal)) {
    Task<void> streamed = answer_streaming(exchange, call);
    co_await std::move(streamed);
    co_return;
  }
  Task<RpcReply> dispatched = dispatcher_.dispatch(call);
  const RpcReply reply = co_await std::move(dispatched);
  const bool cancelled = call.era == Era::legacy && call.cancelled.stop_requested();
  if (cancelled) {
    // A cancelled request gets no response; the POST still needs an answer.
    respond(exchange, 202, {});
  } else {
    respond(exchange, call.era == Era::modern ? reply.http_status : 200, reply.body);
  }
  if (!reply.on_written) co_return;
  bool delivered = false;
  if (!cancelled) {
    Task<bool> written = exchange.written();
    delivered = co_await std::move(written);
  }
  reply.on_written(delivered);
}

Task<void> McpServer::answer_streaming(net::HttpExchange& exchange, RpcCall& call) {
  const std::shared_ptr<net::EventStream> stream = start_stream(exchange);
  call.notify = [stream](std::string_view json) { stream->send("message", json); };
  Task<RpcReply> dispatched = dispatcher_.dispatch(call);
  const RpcReply reply = co_await std::move(dispatched);
  bool delivered = !call.cancelled.stop_requested() && stream->send("message", reply.body);
  if (reply.on_written) {
    if (delivered) {
      Task<bool> written = stream->written();
      delivered = co_await std::move(written);
    }
    reply.on_written(delivered);
  }
  stream->close();
}

void McpServer::initialize(net::HttpExchange& exchange, const RpcMessage& message,
                           const identity::Principal& principal) {
  const Dispatcher::Initialized opened = dispatcher_.initialize(message);
  if (opened.version.empty()) {
    respond(exchange, 400, opened.reply.body);
    return;
  }
  const std::string key = principal.key();
  std::string id = session_ids_.make(key, opened.version);
  sessions_.adopt(id, key, opened.version);
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
  respond(exchange, 200, opened.reply.body, {{"Mcp-Session-Id", std::move(id)}});
}

std::shared_ptr<Session> McpServer::legacy_session(net::HttpExchange& exchange,
                                                   const identity::Principal& principal,
                                                   std::string_view id_json) {
  const auto id = exchange.header("Mcp-Session-Id");
  if (!id) {
    respond_error(exchange, 400, rpc_code::refused,
                  "Bad Request: Mcp-Session-Id header is required", id_json);
    return nullptr;
  }
  const std::string key = principal.key();
  std::shared_ptr<Session> session = sessions_.find(*id);
  if (!session) {
    // Perhaps one from before a restart: the id says by itself whether it is good.
    if (auto claims = session_ids_.check(*id, key)) {
      session = sessions_.adopt(std::string(*id), key, std::move(claims->version));
    }
  }
  if (session && session->principal_key() == key) return session;
  respond_error(exchange, 404, rpc_code::session_not_found, "Session not found", id_json);
  return nullptr;
}

void McpServer::open_stream(net::HttpExchange& exchange, const identity::Principal& principal) {
  if (!accepts(exchange.header("Accept"), "text/event-stream")) {
    respond_error(exchange, 406, rpc_code::refused,
                  "Not Acceptable: Client must accept text/event-stream");
    return;
  }
  const std::shared_ptr<Session> session = legacy_session(exchange, principal, {});
  if (!session) return;
  // Reserved before the stream starts: its head may reach the client, who may ask again on another
  // loop, before this function goes on.
  if (!session->reserve_stream()) {
    respond_error(exchange, 409, rpc_code::refused,
                  "Conflict: Only one SSE stream is allowed per session");
    return;
  }
  const std::shared_ptr<net::EventStream> stream = start_stream(exchange);
  session->attach(stream);
  if (draining_.stop_requested()) stream->close();
  streams_gauge_.add();
  const net::EventStream* const identity = stream.get();
  stream->on_close([this, weak = std::weak_ptr(session), identity](net::StreamEnd) {
    streams_gauge_.subtract();
    if (const auto owner = weak.lock()) owner->detach(identity);
  });
  // Bytes at once: clients and proxies see that the stream is open.
  stream->send_comment("open");
}

void McpServer::end_session(net::HttpExchange& exchange, const identity::Principal& principal) {
  const std::shared_ptr<Session> session = legacy_session(exchange, principal, {});
  if (!session) return;
  sessions_.end(session->id());
  session->cancel_all();
  if (const auto stream = session->stream()) stream->close();
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
  respond(exchange, 200, {});
}

}  // namespace commsd::mcp
