#include "mcp/mcp_server.h"

#include <utility>

#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

std::string error_body(const Error& error) {
  return to_tool_error(error).json;
}

Task<void> answer_not_found(net::HttpExchange& exchange) {
  exchange.respond(404, "text/plain; charset=utf-8", "Not Found\n");
  co_return;
}

}  // namespace

McpServer::McpServer(const ToolRegistry& registry, Authenticator authenticator, const Clock& clock,
                     Random& random, McpOptions options, telemetry::Metrics& metrics)
    : dispatcher_(registry, options.info, metrics),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      access_(std::move(authenticator), clock,
              {options_.guard, options_.resource_metadata_url, options_.default_scope,
               options_.query_token},
              metrics),
      local_store_(clock),
      store_(options_.session_store ? *options_.session_store : local_store_),
      request_states_(options_.session_key, clock, random),
      listeners_(hub_),
      sessions_(options_.session_key, clock, random, options_.session_lifetime, store_),
      sse_sessions_(clock, random, false),
      sessions_gauge_(
          metrics.gauge("commsd_mcp_sessions", "Legacy sessions used in the last minutes.")),
      streams_gauge_(metrics.gauge("commsd_mcp_streams", "Server-to-client streams open.")) {}

void McpServer::mount(net::Router& router) {
  const net::RouteOptions options{options_.max_body, net::Lane::request};
  const net::Handler mcp = [this](net::HttpExchange& exchange) { return handle_mcp(exchange); };
  const net::Handler sse = [this](net::HttpExchange& exchange) { return handle_sse(exchange); };
  const net::Handler messages = [this](net::HttpExchange& exchange) {
    return handle_messages(exchange);
  };
  for (const char* path : {"/mcp", "/mcp/"}) {
    for (const char* method : {"POST", "GET", "DELETE", "OPTIONS"}) {
      router.add(method, path, mcp, options);
    }
  }
  router.add("GET", "/sse", sse, options);
  router.add("OPTIONS", "/sse", sse, options);
  router.add("POST", "/messages", messages, options);
  router.add("OPTIONS", "/messages", messages, options);
  if (!options_.resource_metadata_url.empty()) return;
  for (const char* document :
       {"oauth-protected-resource", "oauth-authorization-server", "openid-configuration"}) {
    const std::string path = std::string("/.well-known/") + document;
    router.add("GET", path, answer_not_found);
    router.add("GET", path + "/*", answer_not_found);
    router.add("GET", "/mcp" + path, answer_not_found);
  }
}

Task<void> McpServer::drain(std::chrono::milliseconds limit) {
  draining_.request_stop();
  listeners_.close_all(dispatcher_.server_info_json());
  // Streams of calls end with their answers, which have been told to come.
  for (const auto& session : sessions_.all()) session->streams().close_standalone();
  Task<bool> closing = Gate::close_within(gate_, limit);
  const bool all = co_await std::move(closing);
  if (!all) log::warn("mcp_answers_cut_short", {{"count", gate_->inside()}});
  for (const auto& session : sse_sessions_.all()) session->streams().close_all();
}

std::vector<WatchedResource> McpServer::watched_resources() const {
  std::vector<WatchedResource> watched;
  listeners_.collect(watched);
  for (const auto& session : sessions_.all()) session->collect(watched);
  for (const auto& session : sse_sessions_.all()) session->collect(watched);
  return watched;
}

Task<void> McpServer::check_streams() {
  Task<std::size_t> checking = open_streams_.check(access_.authenticator());
  const std::size_t closed = co_await std::move(checking);
  if (closed > 0) log::info("mcp_streams_closed", {{"count", closed}});
}

Task<AccessCheck::Caller> McpServer::admit(net::HttpExchange& exchange) {
  return access_.admit(exchange, error_body);
}

Task<void> McpServer::refuse_scope(net::HttpExchange& exchange, const RpcMessage& message,
                                   const identity::Principal& principal,
                                   std::string_view scope) const {
  Task<void> writing = dispatcher_.refused_for_scope(message, principal);
  co_await std::move(writing);
  access_.refuse_scope(
      exchange, principal, scope,
      write_error(message.id_json(),
                  {rpc_code::refused, "The token lacks the scope " + std::string(scope), {}}));
}

void McpServer::respond(net::HttpExchange& exchange, int status, std::string_view json,
                        net::Headers extra) const {
  access_.respond(exchange, status, json, std::move(extra));
}

std::shared_ptr<net::EventStream> McpServer::start_stream(net::HttpExchange& exchange) const {
  return exchange.start_event_stream(access_.cors_headers(exchange));
}

void McpServer::receive_notification(Session& session, const RpcMessage& message) const {
  if (message.method() != "notifications/cancelled") return;  // others need no act of ours
  const auto id = message.param("requestId");
  const auto id_json = id ? read_rpc_id(*id) : std::nullopt;
  if (id_json) session.cancel(*id_json);
}

void McpServer::respond_error(net::HttpExchange& exchange, int status, int code,
                              std::string_view message, std::string_view id_json) const {
  respond(exchange, status, write_error(id_json, {code, std::string(message), {}}));
}

}  // namespace commsd::mcp
