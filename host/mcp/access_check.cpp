#include "mcp/access_check.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "identity/scopes.h"
#include "mcp/http_rules.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

constexpr std::string_view exposed_headers =
    "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate, Retry-After";
constexpr std::string_view allowed_headers =
    "authorization, content-type, accept, idempotency-key, last-event-id, mcp-session-id, "
    "mcp-protocol-version, mcp-method, mcp-name";

}  // namespace

AccessCheck::AccessCheck(Authenticator authenticator, const Clock& clock, Options options,
                         telemetry::Metrics& metrics)
    : authenticator_(std::move(authenticator)),
      options_(std::move(options)),
      guard_(options_.guard),
      failed_attempts_(clock),
      refused_tokens_(metrics.counter("commsd_mcp_refused_tokens_total",
                                      "Bearer tokens that were not valid.")) {}

net::Headers AccessCheck::cors_headers(const net::HttpExchange& exchange) const {
  const auto origin = exchange.header("Origin");
  if (!origin || !guard_.origin_allowed(origin)) return {};
  return {{"Access-Control-Allow-Origin", std::string(*origin)},
          {"Access-Control-Expose-Headers", std::string(exposed_headers)},
          {"Vary", "Origin"}};
}

bool AccessCheck::preflight(net::HttpExchange& exchange) const {
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

std::string AccessCheck::token_of(const net::HttpExchange& exchange) const {
  // For old clients of the oldest wire, and only where the administrator asks for it: addresses end
  // up in logs. Ours never have a query.
  const bool may_ask_query = options_.query_token && !exchange.header("Authorization") &&
                             exchange.route() == "/sse" && exchange.method() == "GET";
  if (may_ask_query) return std::string(exchange.query("token").value_or(""));
  return std::string(bearer_token(exchange.header("Authorization")).value_or(""));
}

bool AccessCheck::admit_anybody(net::HttpExchange& exchange, ErrorBody write) const {
  if (guard_.host_allowed(exchange.header("Host").value_or("")) &&
      guard_.origin_allowed(exchange.header("Origin"))) {
    return !preflight(exchange);
  }
  respond(
      exchange, 403,
      write(make_error(ErrorCode::permission_denied, "this Host or Origin may not use the server",
                       "Add it to server.allowed_hosts or server.allowed_origins.")));
  return false;
}

Task<AccessCheck::Caller> AccessCheck::admit(net::HttpExchange& exchange, ErrorBody write) {
  Caller caller;
  if (!admit_anybody(exchange, write)) co_return caller;

  const std::string address = exchange.client_address();
  if (const auto wait = failed_attempts_.blocked_for(address); wait.count() > 0) {
    Error error = make_error(ErrorCode::rate_limited, "too many bad tokens from this address",
                             "Wait and use a valid token.");
    error.retry_after = wait;
    respond(exchange, 429, write(error), {{"Retry-After", std::to_string(wait.count())}});
    co_return caller;
  }
  const std::string token = token_of(exchange);
  if (token.empty()) {
    respond(exchange, 401,
            write(make_error(ErrorCode::unauthenticated, "a bearer token is needed",
                             "Send the header 'Authorization: Bearer <token>'.")),
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
            write(make_error(ErrorCode::permission_denied, principal.error().message,
                             "Ask the operator of this server.")));
    co_return caller;
  }
  if (principal.error().code != ErrorCode::unauthenticated) {
    log::error("authentication_failed",
               {{"code", to_string(principal.error().code)}, {"cause", principal.error().cause}});
    respond(
        exchange, 503,
        write(make_error(ErrorCode::unavailable, "the token cannot be checked now", "Try again.")),
        {{"Retry-After", "1"}});
    co_return caller;
  }
  refused_tokens_.add();
  // Clients learn by a 401 that a short-lived token has ended, and may send many requests with it
  // before they have a new one. Its secret was right, so that is no guessing.
  if (principal.error().cause != identity::ended_token) failed_attempts_.failed(address);
  respond(exchange, 401,
          write(make_error(ErrorCode::unauthenticated, "the bearer token is not valid",
                           "Use a token that was issued here and not revoked.")),
          {{"WWW-Authenticate", challenge(exchange, R"(error="invalid_token")")}});
  co_return caller;
}

std::string AccessCheck::challenge(const net::HttpExchange& exchange,
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
  // The two wires are two resources to clients that compare addresses; /mcp/ is /mcp, and REST
  // takes the tokens of /mcp.
  const bool sse = exchange.route() == "/sse" || exchange.route() == "/messages";
  add("resource_metadata=\"" + options_.resource_metadata_url + (sse ? "/sse" : "/mcp") + '"');
  return value;
}

void AccessCheck::refuse_scope(net::HttpExchange& exchange, const identity::Principal& principal,
                               std::string_view scope, std::string_view json) const {
  // With those that the token has: clients ask for exactly this list and use the new token in place
  // of the old one (MCP authorization, "Scope Challenge Handling").
  std::vector<std::string> wanted = principal.scopes.value_or(std::vector<std::string>());
  wanted.emplace_back(scope);
  respond(exchange, 403, json,
          {{"WWW-Authenticate", challenge(exchange, R"(error="insufficient_scope", scope=")" +
                                                        identity::join_words(wanted) + '"')}});
}

void AccessCheck::respond(net::HttpExchange& exchange, int status, std::string_view json,
                          net::Headers extra) const {
  net::Headers headers = cors_headers(exchange);
  if (headers.empty()) {
    headers = std::move(extra);
  } else {
    for (net::Header& header : extra) headers.push_back(std::move(header));
  }
  exchange.respond(status, json.empty() ? "" : "application/json", json, headers);
}

}  // namespace commsd::mcp
