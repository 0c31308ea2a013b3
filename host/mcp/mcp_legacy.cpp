// The legacy side of /mcp (2025-03-26 to 2025-11-25): sessions, their streams, and what they
// subscribed to.
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "mcp/http_rules.h"
#include "mcp/mcp_server.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t max_running = 256;  // requests of one session
// How long a process may go on serving a session that another process has ended.
constexpr UnixMillis recheck_after = 10'000;

std::string unsupported_version_message() {
  std::string text = "Bad Request: Unsupported protocol version (supported versions: ";
  for (const std::string_view version : supported_versions()) {
    if (!text.ends_with(": ")) text += ", ";
    text += version;
  }
  return text + ")";
}

/// What stands for a session in the store: its id is as good as a credential.
std::string stored_id(const Session& session) {
  return sha256_hex(session.id());
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
  const std::string key = principal.key();
  std::string id = session_ids_.make(key, opened.version, opened.capabilities);
  sessions_.adopt(id, key, opened.version, opened.capabilities);
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
  respond(exchange, 200, opened.reply.body, {{"Mcp-Session-Id", std::move(id)}});
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
  const std::string key = principal.key();
  std::shared_ptr<Session> session = sessions_.find(*id);
  bool ended = session && session->principal_key() != key;
  if (session && !ended && clock_.now() - session->checked_at() >= recheck_after) {
    Task<Result<bool>> check = ended_elsewhere(*session, principal.org_id);
    const Result<bool> found = co_await std::move(check);
    // A session this process knows is served on when the store is away.
    ended = found && *found;
    if (ended) forget_session(*session);
  }
  if (!session) {
    // Perhaps one from before a restart, or of another process: the id says by itself whether it is
    // good, and the store whether it was ended.
    if (auto claims = session_ids_.check(*id, key)) {
      session =
          sessions_.adopt(std::string(*id), key, std::move(claims->version), claims->capabilities);
    }
    if (session) {
      Task<Result<bool>> check = ended_elsewhere(*session, principal.org_id);
      const Result<bool> found = co_await std::move(check);
      if (!found) {
        sessions_.remove(*id);
        respond(exchange, 503,
                write_error(id_json, {rpc_code::internal_error,
                                      "Internal error: the session cannot be checked now",
                                      {}}),
                {{"Retry-After", "1"}});
        co_return nullptr;
      }
      ended = *found;
      if (ended) forget_session(*session);
    }
  }
  if (session && !ended) co_return session;
  respond_error(exchange, 404, rpc_code::session_not_found, "Session not found", id_json);
  co_return nullptr;
}

Task<Result<bool>> McpServer::ended_elsewhere(Session& session, std::string org_id) {
  Task<Result<std::optional<SessionStore::Record>>> reading =
      store_.find(std::move(org_id), stored_id(session));
  const Result<std::optional<SessionStore::Record>> record = co_await std::move(reading);
  if (!record) {
    log::warn("mcp_session_unchecked", {{"code", to_string(record.error().code)}});
    co_return fail(record.error());
  }
  session.set_checked_at(clock_.now());
  if (!*record) co_return false;
  if (!(*record)->ended) session.restore_wishes((*record)->wishes_json);
  co_return (*record)->ended;
}

void McpServer::forget_session(Session& session) {
  sessions_.end(session.id());
  session.cancel_all();
  session.streams().close_all();
  sessions_gauge_.set(static_cast<std::int64_t>(sessions_.size()));
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
  Task<Result<void>> ending = store_.end(principal.org_id, stored_id(*session),
                                         clock_.now() + options_.session_lifetime.count() * 1000);
  const Result<void> ended = co_await std::move(ending);
  if (!ended) {
    respond(exchange, 503,
            write_error({}, {rpc_code::internal_error,
                             "Internal error: the session cannot be ended now; try again",
                             {}}),
            {{"Retry-After", "1"}});
    co_return;
  }
  forget_session(*session);
  respond(exchange, 200, {});
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

Task<Result<void>> McpServer::keep_wishes(const RpcCall& call) {
  const std::string_view method = call.message.method();
  const bool changes = method == "logging/setLevel" || method == "resources/subscribe" ||
                       method == "resources/unsubscribe";
  if (!call.session || !changes) co_return Result<void>();
  std::string wishes = call.session->wishes_json();
  if (wishes.empty()) co_return Result<void>();
  Task<Result<void>> saving =
      store_.save(call.principal.org_id, stored_id(*call.session), std::move(wishes),
                  clock_.now() + options_.session_lifetime.count() * 1000);
  co_return co_await std::move(saving);
}

}  // namespace commsd::mcp
