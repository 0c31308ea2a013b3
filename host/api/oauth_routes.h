#pragma once

#include <string>
#include <vector>

#include "api/consent_page.h"
#include "base/clock.h"
#include "base/task.h"
#include "identity/authorization_service.h"
#include "mcp/failed_attempts.h"
#include "mcp/request_guard.h"
#include "net/http_exchange.h"
#include "net/router.h"

namespace commsd::api {

struct OauthOptions {
  std::string public_url;                          // no trailing '/'
  std::vector<std::string> authorization_servers;  // issuers, ours first
  mcp::RequestGuard::Options guard;
};

/// The HTTP side of OAuth: the discovery documents (RFC 9728, RFC 8414) and, with a built-in
/// authorization server, its endpoints below /oauth. Discovery, registration, token and revocation
/// answer pages of any origin, because browser clients need them and no cookie is involved; the
/// consent page answers nobody but its own form.
class OauthRoutes {
 public:
  /// `service` and `clients` are null without the built-in server. What is passed outlives this.
  OauthRoutes(identity::AuthorizationService* service, identity::OauthClients* clients,
              const Clock& clock, OauthOptions options);

  void mount(net::Router& router);

 private:
  void add_discovery(net::Router& router, const std::string& document,
                     const std::vector<std::string>& paths, const net::Handler& handler);
  Task<void> resource_metadata(net::HttpExchange& exchange);
  Task<void> server_metadata(net::HttpExchange& exchange);
  Task<void> authorize(net::HttpExchange& exchange);
  Task<void> decide(net::HttpExchange& exchange, FormFields fields,
                    identity::AuthorizationService::Request request);
  Task<void> token(net::HttpExchange& exchange);
  Task<void> register_client(net::HttpExchange& exchange);
  Task<void> revoke(net::HttpExchange& exchange);
  void redirect(net::HttpExchange& exchange, const std::string& uri,
                std::vector<std::pair<std::string, std::string>> parameters) const;
  bool limited(net::HttpExchange& exchange, mcp::FailedAttempts& attempts) const;
  bool admit_form(net::HttpExchange& exchange, FormFields& fields) const;

  identity::AuthorizationService* service_;
  identity::OauthClients* clients_;
  OauthOptions options_;
  std::string base_path_;
  mcp::RequestGuard guard_;
  ConsentPage page_;
  mcp::FailedAttempts consents_;       // wrong tokens and codes typed in
  mcp::FailedAttempts lookups_;        // client ids that are none: each may cost a fetch
  mcp::FailedAttempts exchanges_;      // wrong codes and refresh tokens
  mcp::FailedAttempts registrations_;  // counts all of them: each takes a row
};

}  // namespace commsd::api
