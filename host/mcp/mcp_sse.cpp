// HTTP+SSE of 2024-11-05: GET /sse opens a stream whose first event says where to POST; answers
// travel on the stream.
#include <array>
#include <utility>

#include "base/digest.h"
#include "mcp/http_rules.h"
#include "mcp/legacy_requests.h"
#include "mcp/mcp_server.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t max_running = 128;  // requests of one stream

}  // namespace

Task<void> McpServer::handle_sse(net::HttpExchange& exchange) {
  Task<Caller> admission = admit(exchange);
  const Caller caller = co_await std::move(admission);
  if (!caller.accepted) co_return;
  if (exchange.method() == "HEAD") {
    respond(exchange, 405, {}, {{"Allow", "GET, OPTIONS"}});
    co_return;
  }

  std::array<std::uint8_t, 16> noise{};
  random_.fill(noise);
  const std::string id =
      to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
  const std::shared_ptr<net::EventStream> stream = start_stream(exchange);
  open_streams_.add(stream, access_.token_of(exchange));
  const std::shared_ptr<Session> session =
      sse_sessions_.adopt(id, caller.principal.key(), std::string("2024-11-05"), {});
  streams_gauge_.add();
  stream->on_close([this, session](net::StreamEnd) {
    streams_gauge_.subtract();
    sse_sessions_.remove(session->id());
    session->streams().close_all();
    session->cancel_all();  // nothing can be answered any more
  });
  stream->send("endpoint", endpoint_of(exchange, id));
  session->streams().open_standalone(make_sink(stream));
  session->listen(hub_, caller.principal);
  if (draining_.stop_requested()) stream->close();
}

Task<void> McpServer::handle_messages(net::HttpExchange& exchange) {
  Task<Caller> admission = admit(exchange);
  const Caller caller = co_await std::move(admission);
  if (!caller.accepted) co_return;
  Task<void> accepting = accept_message(exchange, caller.principal);
  co_await std::move(accepting);
}

Task<void> McpServer::accept_message(net::HttpExchange& exchange,
                                     const identity::Principal& principal) {
  const auto id = exchange.query("sessionId");
  if (!id) {
    co_return respond_error(exchange, 400, rpc_code::refused,
                            "Bad Request: the query parameter sessionId is missing");
  }
  const std::shared_ptr<Session> session = sse_sessions_.find(*id);
  // Another principal's stream is as good as none.
  if (!session || session->principal_key() != principal.key()) {
    co_return respond_error(exchange, 404, rpc_code::session_not_found, "Session not found");
  }
  if (!is_json_type(exchange.header("Content-Type"))) {
    co_return respond_error(exchange, 415, rpc_code::refused,
                            "Unsupported Media Type: Content-Type must be application/json");
  }
  auto parsed = RpcMessage::parse(exchange.body());
  if (!parsed) {
    co_return respond(exchange, 400, write_error(parsed.error().id_json, parsed.error().error));
  }
  if (const auto scope = dispatcher_.missing_scope(*parsed, principal); !scope.empty()) {
    Task<void> refusing = refuse_scope(exchange, *parsed, principal, scope);
    co_await std::move(refusing);
    co_return;
  }
  if (parsed->kind() == RpcMessage::Kind::notification) receive_notification(*session, *parsed);
  if (parsed->kind() == RpcMessage::Kind::response)
    session->answer(std::move(*parsed));
  else if (parsed->kind() == RpcMessage::Kind::request) {
    if (session->running() >= max_running) {
      co_return respond(exchange, 429,
                        write_error(parsed->id_json(), {rpc_code::refused,
                                                        "Too many requests are running on this "
                                                        "stream; wait for answers",
                                                        {}}),
                        {{"Retry-After", "1"}});
    }
    auto pass = gate_->enter();
    if (!pass) {
      co_return respond(
          exchange, 503,
          write_error(parsed->id_json(), {rpc_code::refused, "The server is stopping", {}}),
          {{"Retry-After", "2"}});
    }
    // Registered before the 202 leaves, so that a cancellation right after it finds the request.
    auto running = std::make_unique<Session::Running>(session, parsed->id_json());
    spawn(exchange.loop(), answer_on_stream(session, std::move(*parsed), std::move(running),
                                            principal, gate_, std::move(*pass)));
  }
  exchange.respond(202, "text/plain; charset=utf-8", "Accepted", access_.cors_headers(exchange));
}

Task<void> McpServer::answer_on_stream(std::shared_ptr<Session> session, RpcMessage message,
                                       std::unique_ptr<Session::Running> running,
                                       identity::Principal principal,
                                       [[maybe_unused]] std::shared_ptr<Gate> gate,
                                       Gate::Pass pass) {
  const Gate::Pass inside = std::move(pass);
  const std::shared_ptr<EventSink> stream = session->streams().standalone();
  if (!stream) co_return;
  if (message.method() == "initialize") {
    const Dispatcher::Initialized opened = dispatcher_.initialize(message);
    if (!opened.version.empty()) session->set_capabilities(opened.capabilities);
    stream->send(opened.reply.body, {});
    co_return;
  }
  RpcCall call{message,
               Era::legacy,
               principal,
               running->token(),
               draining_.get_token(),
               [stream](std::string_view json) { stream->send(json, {}); },
               nullptr};
  LegacyRequests questions(
      session, [stream](std::string_view json) { return stream->send(json, {}); }, call.cancelled,
      call.draining, options_.patience);
  call.client = &questions;
  call.session = session.get();
  Task<RpcReply> dispatched = dispatcher_.dispatch(call);
  const RpcReply reply = co_await std::move(dispatched);
  bool delivered = !call.cancelled.stop_requested() && stream->send(reply.body, {});
  if (!reply.on_written) co_return;
  if (delivered) {
    Task<bool> written = stream->written();
    delivered = co_await std::move(written);
  }
  reply.on_written(delivered);
}

std::string McpServer::endpoint_of(const net::HttpExchange& exchange,
                                   std::string_view session_id) const {
  std::string path = options_.public_base_path;
  if (path.empty()) path = forwarded_prefix(exchange.header("X-Forwarded-Prefix"));
  return path + "/messages?sessionId=" + std::string(session_id);
}

}  // namespace commsd::mcp
