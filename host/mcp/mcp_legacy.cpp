// The legacy side of /mcp (2025-03-26 to 2025-11-25): sessions, their streams, and what they
// subscribed to.
#include <utility>

#include "base/text.h"
#include "mcp/http_rules.h"
#include "mcp/mcp_server.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t max_running = 256;  // requests of one session

std::string unsupported_version_message() {
  std::string text = "Bad Request: Unsupported protocol version (supported versions: ";
  for (const std::string_view version : supported_versions()) {
    if (!text.ends_with(": ")) text += ", ";
    text += version;
  }
  return text + ")";
}

}  // namespace

Task<void> McpServer::serve_legacy(net::HttpExchange& exchange, RpcMessage& message,
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
  Task<std::shared_ptr<Session>> finding = legacy_session(exchange, principal, message.id_json());
  const std::shared_ptr<Session> session = co_await std::move(finding);
  if (!session) co_return;
  if (message.kind() != RpcMessage::Kind::request) {
    if (message.kind() == RpcMessage::Kind::notification) {
      receive_notification(*session, message);
    } else {
      session->answer(std::move(message));  // an answer nobody waits for has no effect
    }
    respond(exchange, 202, {});
    co_return;
  }
  if (session->running() >= max_running) {
    respond(exchange, 429,
            write_error(message.id_json(),
                        {rpc_code::refused,
                         "Too many requests are running in this session; wait for answers",
                         {}}),
            {{"Retry-After", "1"}});
    co_return;
  }
  // Losing the connection is no cancellation on this wire: only notifications/cancelled is.
  const Session::Running running(session, message.id_json());
  RpcCall call{message, Era::legacy, principal, running.token(), draining_.get_token(),
               nullptr, nullptr};
  call.session = session.get();
  Task<void> answered = answer(exchange, call, session);
  co_await std::move(answered);
}

void McpServer::initialize(net::HttpExchange& exchange, const RpcMessage& message,
                           const identity::Principal& principal) {
  const Dispatcher::Initialized opened = dispatcher_.initialize(message);
  if (opened.version.empty()) {
    respond(exchange, 400, opened.reply.body);
    return;
  }
  const auto session = sessions_.open(principal, opened.version, opened.capabilities);
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
  respond(exchange, 200, opened.reply.body, {{"Mcp-Session-Id", session->id()}});
}

Task<std::shared_ptr<Session>> McpServer::legacy_session(net::HttpExchange& exchange,
                                                         const identity::Principal& principal,
                                                         std::string id_json) {
  const auto id = exchange.header("Mcp-Session-Id");
  if (!id) {
    respond_error(exchange, 400, rpc_code::refused,
                  "Bad Request: Mcp-Session-Id header is required", id_json);
    co_return nullptr;
  }
  Task<Result<std::shared_ptr<Session>>> finding = sessions_.find(std::string(*id), principal);
  const Result<std::shared_ptr<Session>> session = co_await std::move(finding);
  if (session) co_return *session;
  if (session.error().code == ErrorCode::not_found) {
    respond_error(exchange, 404, rpc_code::session_not_found, "Session not found", id_json);
  } else {
    respond_unavailable(exchange, "the session cannot be checked now", id_json);
  }
  co_return nullptr;
}

void McpServer::respond_unavailable(net::HttpExchange& exchange, std::string_view what,
                                    std::string_view id_json) const {
  const std::string message = "Internal error: " + std::string(what) + "; try again";
  respond(exchange, 503, write_error(id_json, {rpc_code::internal_error, message, {}}),
          {{"Retry-After", "1"}});
}

Task<void> McpServer::open_stream(net::HttpExchange& exchange,
                                  const identity::Principal& principal) {
  if (!accepts(exchange.header("Accept"), "text/event-stream")) {
    respond_error(exchange, 406, rpc_code::refused,
                  "Not Acceptable: Client must accept text/event-stream");
    co_return;
  }
  Task<std::shared_ptr<Session>> finding = legacy_session(exchange, principal, {});
  const std::shared_ptr<Session> session = co_await std::move(finding);
  if (!session) co_return;
  SessionStreams& streams = session->streams();

  std::string last_event_id(exchange.header("Last-Event-ID").value_or(""));
  if (!last_event_id.empty()) {
    const auto leads_to = streams.look_up(last_event_id);
    if (leads_to == SessionStreams::Resumption::unknown) {
      respond_error(exchange, 400, rpc_code::refused,
                    "Bad Request: nothing can be resumed from this Last-Event-ID any more");
      co_return;
    }
    // What a standalone stream of an earlier process may have carried is gone; its client wants to
    // hear what comes.
    if (leads_to == SessionStreams::Resumption::standalone) last_event_id.clear();
  }
  if (last_event_id.empty() && !streams.reserve_standalone()) {
    respond_error(exchange, 409, rpc_code::refused,
                  "Conflict: Only one SSE stream is allowed per session");
    co_return;
  }
  const std::shared_ptr<net::EventStream> stream = start_stream(exchange);
  open_streams_.add(stream, access_.token_of(exchange));
  const std::shared_ptr<EventSink> sink = make_sink(stream);
  // Bytes at once: clients and proxies see that the stream is open.
  stream->send_comment("open");
  if (last_event_id.empty()) {
    streams.open_standalone(sink);
  } else if (!streams.resume(last_event_id, sink)) {
    sink->close();
  }
  session->listen(hub_, principal);
  if (draining_.stop_requested()) sink->close();
  streams_gauge_.add();
  stream->on_close([this, weak = std::weak_ptr(session), sink](net::StreamEnd) {
    streams_gauge_.subtract();
    if (const auto owner = weak.lock()) owner->streams().detach(sink.get());
  });
}

Task<void> McpServer::end_session(net::HttpExchange& exchange,
                                  const identity::Principal& principal) {
  Task<std::shared_ptr<Session>> finding = legacy_session(exchange, principal, {});
  const std::shared_ptr<Session> session = co_await std::move(finding);
  if (!session) co_return;
  Task<Result<void>> ending = sessions_.end(session, principal.org_id);
  const Result<void> ended = co_await std::move(ending);
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
  if (ended) {
    respond(exchange, 200, {});
  } else {
    respond_unavailable(exchange, "the session cannot be ended now", {});
  }
}

void McpServer::serve_resource_subscriptions(ResourceCheck check) {
  resource_check_ = std::move(check);
  dispatcher_.add_method("resources/subscribe", Dispatcher::Serves::legacy,
                         [this](RpcCall& call) { return subscribe(call, true); });
  dispatcher_.add_method("resources/unsubscribe", Dispatcher::Serves::legacy,
                         [this](RpcCall& call) { return subscribe(call, false); });
}

Task<RpcReply> McpServer::subscribe(RpcCall& call, bool wanted) {
  RpcReply reply;
  const auto refuse = [&](int code, std::string message, std::string data = {}) {
    reply.body = write_error(call.message.id_json(), {code, std::move(message), std::move(data)});
    return reply;
  };
  const auto param = call.message.param("uri");
  const auto uri = param ? param->string() : std::nullopt;
  if (!uri || uri->empty() || uri->size() > Session::max_uri) {
    co_return refuse(rpc_code::invalid_params, "Invalid params: 'uri' must be a resource's URI");
  }
  reply.body = write_result(call.message.id_json(), "{}");
  if (!wanted) {
    call.session->unsubscribe(*uri);
    co_return reply;
  }
  Task<Result<void>> check = resource_check_(call.principal, std::string(*uri));
  const Result<void> there = co_await std::move(check);
  if (!there) {
    co_return refuse(rpc_code::resource_not_found, "Resource not found",
                     R"({"uri":)" + param->to_string() + "}");
  }
  if (!call.session->subscribe(std::string(*uri))) {
    co_return refuse(rpc_code::refused, "Too many resources are subscribed to in this session");
  }
  co_return reply;
}

}  // namespace commsd::mcp
