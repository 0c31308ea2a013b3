#include "mcp/mcp_server.h"

#include <array>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/scopes.h"
#include "mcp/http_rules.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

constexpr std::string_view exposed_headers =
    "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After";
constexpr std::string_view allowed_headers =
    "authorization, content-type, accept, last-event-id, mcp-session-id, mcp-protocol-version, "
    "mcp-method, mcp-name";

std::string error_body(ErrorCode code, std::string_view message, std::string_view remedy) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.field("code", to_string(code)).field("message", message);
  if (!remedy.empty()) out.field("remedy", remedy);
  out.end_object().end_object();
  return out.take();
}

Task<void> answer_not_found(net::HttpExchange& exchange) {
  exchange.respond(404, "text/plain; charset=utf-8", "Not Found\n");
  co_return;
}

}  // namespace

McpServer::McpServer(const ToolRegistry& registry, Authenticator authenticator, const Clock& clock,
                     Random& random, McpOptions options, telemetry::Metrics& metrics)
    : dispatcher_(registry, options.info, metrics),
      authenticator_(std::move(authenticator)),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      guard_(options_.guard),
      local_store_(clock),
      store_(options_.session_store ? *options_.session_store : local_store_),
      request_states_(options_.session_key, clock, random),
      listeners_(hub_),
      sessions_(options_.session_key, clock, random, options_.session_lifetime, store_),
      sse_sessions_(clock, random, false),
      failed_attempts_(clock),
      refused_tokens_(
          metrics.counter("commsd_mcp_refused_tokens_total", "Bearer tokens that were not valid.")),
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

Task<void> McpServer::check_streams() {
  Task<std::size_t> checking = open_streams_.check(authenticator_);
  const std::size_t closed = co_await std::move(checking);
  if (closed > 0) log::info("mcp_streams_closed", {{"count", closed}});
}

net::Headers McpServer::cors_headers(const net::HttpExchange& exchange) const {
  const auto origin = exchange.header("Origin");
  if (!origin || !guard_.origin_allowed(origin)) return {};
  return {{"Access-Control-Allow-Origin", std::string(*origin)},
          {"Access-Control-Expose-Headers", std::string(exposed_headers)},
          {"Vary", "Origin"}};
}

bool McpServer::preflight(net::HttpExchange& exchange) const {
  if (exchange.method() != "OPTIONS") return false;
  net::Headers headers = cors_headers(exchange);
  if (!headers.empty()) {
    std::string allowed(allowed_headers);
    // Tool parameters mirrored into headers have names that only the client knows.
    const auto asked = exchange.header("Access-Control-Request-Headers").value_or("");
    for (const std::string_view part : split(asked, ',')) {
      const std::string name = to_lower_ascii(trim(part));
      if (name.starts_with("mcp-param-") && is_header_name(name)) allowed += ", " + name;
    }
    headers.push_back({"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"});
    headers.push_back({"Access-Control-Allow-Headers", std::move(allowed)});
    headers.push_back({"Access-Control-Max-Age", "86400"});
  }
  exchange.respond(204, {}, {}, headers);
  return true;
}

std::string McpServer::token_of(const net::HttpExchange& exchange) const {
  // For old clients of the oldest wire, and only where the administrator asks for it: addresses end
  // up in logs. Ours never have a query.
  const bool may_ask_query = options_.query_token && !exchange.header("Authorization") &&
                             exchange.route() == "/sse" && exchange.method() == "GET";
  if (may_ask_query) return std::string(exchange.query("token").value_or(""));
  return std::string(bearer_token(exchange.header("Authorization")).value_or(""));
}

Task<McpServer::Caller> McpServer::admit(net::HttpExchange& exchange) {
  Caller caller;
  if (!guard_.host_allowed(exchange.header("Host").value_or("")) ||
      !guard_.origin_allowed(exchange.header("Origin"))) {
    respond(exchange, 403,
            error_body(ErrorCode::permission_denied, "this Host or Origin may not use the server",
                       "Add it to server.allowed_hosts or server.allowed_origins."));
    co_return caller;
  }
  if (preflight(exchange)) co_return caller;

  const std::string address = exchange.client_address();
  if (const auto wait = failed_attempts_.blocked_for(address); wait.count() > 0) {
    respond(exchange, 429,
            error_body(ErrorCode::rate_limited, "too many bad tokens from this address",
                       "Wait and use a valid token."),
            {{"Retry-After", std::to_string(wait.count())}});
    co_return caller;
  }
  const std::string token = token_of(exchange);
  if (token.empty()) {
    respond(exchange, 401,
            error_body(ErrorCode::unauthenticated, "a bearer token is needed",
                       "Send the header 'Authorization: Bearer <token>'."),
            {{"WWW-Authenticate", challenge(exchange, {})}});
    co_return caller;
  }
  Task<Result<identity::Principal>> verification = authenticator_(token);
  Result<identity::Principal> principal = co_await std::move(verification);
  if (principal) {
    failed_attempts_.succeeded(address);
    caller.accepted = true;
    caller.principal = std::move(*principal);
    co_return caller;
  }
  if (principal.error().code == ErrorCode::permission_denied) {
    // The token is good, so that this is no guessing, and its bearer may know why it does not help.
    respond(exchange, 403,
            error_body(ErrorCode::permission_denied, principal.error().message,
                       "Ask the operator of this server."));
    co_return caller;
  }
  if (principal.error().code != ErrorCode::unauthenticated) {
    log::error("mcp_authentication_failed",
               {{"code", to_string(principal.error().code)}, {"cause", principal.error().cause}});
    respond(exchange, 503,
            error_body(ErrorCode::unavailable, "the token cannot be checked now", "Try again."),
            {{"Retry-After", "1"}});
    co_return caller;
  }
  refused_tokens_.add();
  // Clients learn by a 401 that a short-lived token has ended, and may send many requests with it
  // before they have a new one. Its secret was right, so that is no guessing.
  if (principal.error().cause != identity::ended_token) failed_attempts_.failed(address);
  respond(exchange, 401,
          error_body(ErrorCode::unauthenticated, "the bearer token is not valid",
                     "Use a token that was issued here and not revoked."),
          {{"WWW-Authenticate", challenge(exchange, R"(error="invalid_token")")}});
  co_return caller;
}

std::string McpServer::challenge(const net::HttpExchange& exchange,
                                 std::string_view parameters) const {
  std::string value = "Bearer";
  const auto add = [&value](std::string_view parameter) {
    value += value.size() == 6 ? " " : ", ";
    value += parameter;
  };
  if (!parameters.empty()) add(parameters);
  if (options_.resource_metadata_url.empty()) return value;
  if (value.find("scope=") == std::string::npos && !options_.default_scope.empty()) {
    add("scope=\"" + options_.default_scope + '"');
  }
  // The two wires are two resources to clients that compare addresses; /mcp/ is /mcp.
  const bool sse = exchange.route() == "/sse" || exchange.route() == "/messages";
  add("resource_metadata=\"" + options_.resource_metadata_url + (sse ? "/sse" : "/mcp") + '"');
  return value;
}

bool McpServer::refuse_missing_scope(net::HttpExchange& exchange, const RpcMessage& message,
                                     const identity::Principal& principal) const {
  const std::string_view scope = dispatcher_.missing_scope(message, principal);
  if (scope.empty()) return false;
  const std::string name(scope);
  // With those that the token has: clients ask for exactly this list and use the new token in place
  // of the old one (MCP authorization, "Scope Challenge Handling").
  std::vector<std::string> wanted = principal.scopes.value_or(std::vector<std::string>());
  wanted.push_back(name);
  respond(
      exchange, 403,
      write_error(message.id_json(), {rpc_code::refused, "The token lacks the scope " + name, {}}),
      {{"WWW-Authenticate", challenge(exchange, R"(error="insufficient_scope", scope=")" +
                                                    identity::join_words(wanted) + '"')}});
  return true;
}

void McpServer::respond(net::HttpExchange& exchange, int status, std::string_view json,
                        net::Headers extra) const {
  net::Headers headers = cors_headers(exchange);
  if (headers.empty()) {
    headers = std::move(extra);
  } else {
    for (net::Header& header : extra) headers.push_back(std::move(header));
  }
  exchange.respond(status, json.empty() ? "" : "application/json", json, headers);
}

std::shared_ptr<net::EventStream> McpServer::start_stream(net::HttpExchange& exchange) const {
  return exchange.start_event_stream(cors_headers(exchange));
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
