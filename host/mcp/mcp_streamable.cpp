// Streamable HTTP on /mcp: what its two sides, modern (2026-07-28) and legacy (2025-03-26 to
// 2025-11-25), have in common. Statuses and codes of the legacy side are those of the official
// TypeScript SDK, which clients expect.
#include <utility>

#include "base/text.h"
#include "mcp/call_stream.h"
#include "mcp/http_rules.h"
#include "mcp/legacy_requests.h"
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

/// Whether the method may change what the session's client is to hear of.
bool changes_wishes(std::string_view method) {
  return method == "logging/setLevel" || method == "resources/subscribe" ||
         method == "resources/unsubscribe";
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
    co_return;
  }
  Task<void> served = exchange.method() == "DELETE" ? end_session(exchange, caller.principal)
                                                    : open_stream(exchange, caller.principal);
  co_await std::move(served);
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
  if (const auto scope = dispatcher_.missing_scope(*parsed, principal); !scope.empty()) {
    Task<void> refusing = refuse_scope(exchange, *parsed, principal, scope);
    co_await std::move(refusing);
    co_return;
  }
  const EnvelopeHeaders headers = envelope_headers(exchange);
  Task<void> served = is_modern(*parsed, headers)
                          ? serve_modern(exchange, *parsed, headers, principal)
                          : serve_legacy(exchange, *parsed, headers, principal);
  co_await std::move(served);
}

Task<void> McpServer::answer(net::HttpExchange& exchange, RpcCall& call,
                             std::shared_ptr<Session> session) {
  const auto stream = std::make_shared<CallStream>(
      [this, &exchange](bool last) {
        if (last) exchange.close_after_response();
        return start_stream(exchange);
      },
      session);
  call.notify = [stream](std::string_view json) { stream->send(json); };
  std::optional<LegacyRequests> questions;
  if (session) {
    call.close_stream = [stream] { stream->close_connection(); };
    questions.emplace(
        session, [stream](std::string_view json) { return stream->send(json); }, call.cancelled,
        call.draining, options_.patience);
    call.client = &*questions;
  }
  if (dispatcher_.wants_stream(call.message, call.principal)) stream->begin();
  Task<RpcReply> dispatched = dispatcher_.dispatch(call);
  RpcReply reply = co_await std::move(dispatched);
  if (session && changes_wishes(call.message.method())) {
    Task<Result<void>> keeping = sessions_.keep_wishes(session, call.principal.org_id);
    const Result<void> kept = co_await std::move(keeping);
    if (!kept) {
      reply = {};
      reply.body = write_error(
          call.message.id_json(),
          {rpc_code::internal_error, "Internal error: this cannot be kept now; try again", {}});
    }
  }
  bool delivered = false;
  const bool cancelled = call.cancelled.stop_requested();
  if (stream->begun()) {
    if (cancelled) {
      stream->abandon();  // a cancelled request gets no response
    } else {
      const bool matters = reply.on_written != nullptr;
      Task<bool> finished = stream->finish(std::move(reply.body), matters);
      delivered = co_await std::move(finished);
    }
  } else {
    stream->retire();
    if (cancelled && session) {
      respond(exchange, 202, {});  // nor here; the POST still needs an answer
    } else {
      respond(exchange, session ? 200 : reply.http_status, reply.body);
      if (reply.on_written) {
        Task<bool> written = exchange.written();
        delivered = co_await std::move(written);
      }
    }
  }
  stream->retire();
  if (reply.on_written) reply.on_written(delivered);
}

}  // namespace commsd::mcp
