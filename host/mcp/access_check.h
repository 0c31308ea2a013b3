#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/failed_attempts.h"
#include "mcp/open_streams.h"
#include "mcp/request_guard.h"
#include "net/http_exchange.h"
#include "telemetry/metrics.h"

namespace commsd::mcp {

/// Who may come in: host names and origins, CORS, addresses that tried too many tokens, and bearer
/// tokens. One for the wires of MCP and for REST, so that neither is the weaker door, and an
/// address blocked at one is blocked at the other. [any loop]
class AccessCheck {
 public:
  struct Options {
    RequestGuard::Options guard;
    /// Where the protected resource metadata (RFC 9728) of the path behind it is found, without
    /// that path; "" without OAuth.
    std::string resource_metadata_url;
    std::string default_scope;  // what a 401 advises to ask for
    bool query_token = false;   // GET /sse takes ?token= when there is no Authorization
  };

  /// How a wire writes an error.
  using ErrorBody = std::string (*)(const Error& error);

  struct Caller {
    bool accepted = false;  // else the exchange has been answered
    identity::Principal principal;
  };

  AccessCheck(Authenticator authenticator, const Clock& clock, Options options,
              telemetry::Metrics& metrics);

  /// For what needs no token. False when the exchange has been answered: a Host or Origin that may
  /// not come here, or the browser's question beforehand (OPTIONS).
  bool admit_anybody(net::HttpExchange& exchange, ErrorBody write) const;
  Task<Caller> admit(net::HttpExchange& exchange, ErrorBody write);

  /// Answers 403 with a challenge that names the scope the token lacks.
  void refuse_scope(net::HttpExchange& exchange, const identity::Principal& principal,
                    std::string_view scope, std::string_view json) const;

  /// The bearer token of a request; "" when it has none.
  std::string token_of(const net::HttpExchange& exchange) const;
  net::Headers cors_headers(const net::HttpExchange& exchange) const;
  /// JSON with the CORS headers that the request's origin needs.
  void respond(net::HttpExchange& exchange, int status, std::string_view json,
               net::Headers extra = {}) const;

  const Authenticator& authenticator() const { return authenticator_; }

 private:
  bool preflight(net::HttpExchange& exchange) const;
  /// The value of WWW-Authenticate; `parameters` are further ones, e.g. R"(error="x")".
  std::string challenge(const net::HttpExchange& exchange, std::string_view parameters) const;

  Authenticator authenticator_;
  Options options_;
  RequestGuard guard_;
  FailedAttempts failed_attempts_;
  telemetry::Counter& refused_tokens_;
};

}  // namespace commsd::mcp
