#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/gate.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/access_check.h"
#include "mcp/dispatcher.h"
#include "mcp/legacy_sessions.h"
#include "mcp/listeners.h"
#include "mcp/local_session_store.h"
#include "mcp/modern_envelope.h"
#include "mcp/notification_hub.h"
#include "mcp/open_streams.h"
#include "mcp/request_guard.h"
#include "mcp/request_state.h"
#include "mcp/session_table.h"
#include "mcp/tool_registry.h"
#include "net/event_stream.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "telemetry/metrics.h"

namespace commsd::mcp {

struct McpOptions {
  ServerInfo info;
  RequestGuard::Options guard;
  /// Signs session ids; at least 32 random bytes that the caller keeps across restarts.
  std::string session_key;
  std::chrono::seconds session_lifetime{30 * 24 * 3600};
  /// Where the protected resource metadata (RFC 9728) of the path behind it is found, without that
  /// path, e.g. "https://host/.well-known/oauth-protected-resource"; "" without OAuth. Then
  /// api::OauthRoutes serves the discovery paths, and mount() leaves them alone.
  std::string resource_metadata_url;
  std::string default_scope;  // what a 401 advises to ask for
  /// Path of the public URL in front of ours, e.g. "/comms"; "" when there is none.
  std::string public_base_path;
  std::size_t max_body = 1024 * 1024;
  /// How long a legacy client may take over a question put to it: there is a person behind it.
  std::chrono::milliseconds patience{5 * 60 * 1000};
  /// Shared by all processes of one database, and outlives the server. Null: this process keeps to
  /// itself which sessions were ended, and forgets it when it ends.
  SessionStore* session_store = nullptr;
  bool query_token = false;  // GET /sse takes ?token= when there is no Authorization
};

/// Whether there is such a resource for that principal; any error is told to the client as "not
/// found".
using ResourceCheck =
    std::function<Task<Result<void>>(identity::Principal principal, std::string uri)>;

/// The three HTTP wires of MCP over one dispatcher: modern and legacy streamable HTTP on /mcp, and
/// HTTP+SSE of 2024-11-05 on /sse and /messages. Handlers run on the connection's loop.
class McpServer {
 public:
  /// What is passed by reference outlives this; `registry` is sealed. This outlives the HttpServer
  /// it is mounted on, because open streams refer to it.
  McpServer(const ToolRegistry& registry, Authenticator authenticator, const Clock& clock,
            Random& random, McpOptions options, telemetry::Metrics& metrics = telemetry::metrics());
  McpServer(const McpServer&) = delete;
  McpServer& operator=(const McpServer&) = delete;

  /// Where further methods and capabilities are added, before mount().
  Dispatcher& dispatcher() { return dispatcher_; }

  /// For the other wire that calls tools.
  AccessCheck& access() { return access_; }

  /// Where whatever changes is published to, from any thread; lives as long as this.
  NotificationHub& hub() { return hub_; }

  /// Serves resources/subscribe and resources/unsubscribe (legacy). Before mount().
  void serve_resource_subscriptions(ResourceCheck check);

  /// Adds /mcp, /mcp/, /sse, /messages, their OPTIONS, and the OAuth discovery paths, which answer
  /// a plain 404: some clients ignore their configured token when anything else comes back.
  void mount(net::Router& router);

  Task<void> handle_mcp(net::HttpExchange& exchange);       // POST, GET, DELETE, OPTIONS
  Task<void> handle_sse(net::HttpExchange& exchange);       // GET, OPTIONS
  Task<void> handle_messages(net::HttpExchange& exchange);  // POST, OPTIONS

  /// Lets long polls answer with what they have, closes the streams and waits for the answers that
  /// go to streams of the 2024-11-05 wire, at most about `limit`: HttpServer::drain knows only the
  /// others. Call once, before it.
  Task<void> drain(std::chrono::milliseconds limit = std::chrono::seconds(30));

  /// What resources the clients of this process asked to hear of.
  std::vector<WatchedResource> watched_resources() const;

  /// Closes the streams whose tokens are no good any more. Call every half minute or so.
  Task<void> check_streams();

  std::size_t legacy_sessions() const { return sessions_.size(); }
  std::size_t event_streams() const { return sse_sessions_.size(); }  // of the 2024-11-05 wire
  std::size_t listeners() const { return listeners_.size(); }         // subscriptions/listen
  std::size_t answering() const { return gate_->inside(); }           // of the 2024-11-05 wire

 private:
  using Caller = AccessCheck::Caller;

  Task<Caller> admit(net::HttpExchange& exchange);
  void respond(net::HttpExchange& exchange, int status, std::string_view json,
               net::Headers extra = {}) const;
  /// Answers 403: the token lacks the scope for this request, of which nothing has been done.
  Task<void> refuse_scope(net::HttpExchange& exchange, const RpcMessage& message,
                          const identity::Principal& principal, std::string_view scope) const;
  void respond_error(net::HttpExchange& exchange, int status, int code, std::string_view message,
                     std::string_view id_json = {}) const;
  std::shared_ptr<net::EventStream> start_stream(net::HttpExchange& exchange) const;

  // streamable HTTP, in mcp_streamable.cpp
  Task<void> post_mcp(net::HttpExchange& exchange, const identity::Principal& principal);
  Task<void> answer(net::HttpExchange& exchange, RpcCall& call, std::shared_ptr<Session> session);

  // its modern side, in mcp_modern.cpp
  Task<void> serve_modern(net::HttpExchange& exchange, const RpcMessage& message,
                          const EnvelopeHeaders& headers, const identity::Principal& principal);
  Task<void> serve_asking(net::HttpExchange& exchange, RpcCall& call);
  Task<void> listen(net::HttpExchange& exchange, const RpcMessage& message,
                    const identity::Principal& principal);
  /// As resources/subscribe does: only what the token may read is agreed to.
  Task<void> keep_readable(const identity::Principal& principal, ListenFilter::Texts& uris) const;
  /// The hub tells more people of a task than may hear of it, so here is where that is settled.
  Task<void> keep_own_tasks(const identity::Principal& principal,
                            ListenFilter::Texts& task_ids) const;

  // its legacy side, in mcp_legacy.cpp
  Task<void> serve_legacy(net::HttpExchange& exchange, RpcMessage& message,
                          const EnvelopeHeaders& headers, const identity::Principal& principal);
  void initialize(net::HttpExchange& exchange, const RpcMessage& message,
                  const identity::Principal& principal);
  Task<void> open_stream(net::HttpExchange& exchange, const identity::Principal& principal);
  Task<void> end_session(net::HttpExchange& exchange, const identity::Principal& principal);
  Task<std::shared_ptr<Session>> legacy_session(net::HttpExchange& exchange,
                                                const identity::Principal& principal,
                                                std::string id_json);
  void respond_unavailable(net::HttpExchange& exchange, std::string_view what,
                           std::string_view id_json) const;
  Task<RpcReply> subscribe(RpcCall& call, bool wanted);

  // HTTP+SSE, in mcp_sse.cpp
  Task<void> accept_message(net::HttpExchange& exchange, const identity::Principal& principal);
  Task<void> answer_on_stream(std::shared_ptr<Session> session, RpcMessage message,
                              std::unique_ptr<Session::Running> running,
                              identity::Principal principal, std::shared_ptr<Gate> gate,
                              Gate::Pass pass);
  std::string endpoint_of(const net::HttpExchange& exchange, std::string_view session_id) const;

  void receive_notification(Session& session, const RpcMessage& message) const;

  NotificationHub hub_;
  Dispatcher dispatcher_;
  const Clock& clock_;
  Random& random_;
  McpOptions options_;
  AccessCheck access_;
  LocalSessionStore local_store_;
  SessionStore& store_;
  RequestStates request_states_;
  Listeners listeners_;
  OpenStreams open_streams_;
  ResourceCheck resource_check_;
  LegacySessions sessions_;    // streamable HTTP
  SessionTable sse_sessions_;  // HTTP+SSE
  std::stop_source draining_;
  // Shared with the answers: one that outlasts the drain leaves its frame, and the gate with it.
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  telemetry::Gauge& sessions_gauge_;
  telemetry::Gauge& streams_gauge_;
};

}  // namespace commsd::mcp
