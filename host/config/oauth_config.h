#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace commsd::config {

/// The authorization server that commsd can be by itself.
struct AuthorizationServerConfig {
  bool enabled = false;
  bool dynamic_registration = true;       // RFC 7591
  bool client_metadata_documents = true;  // client ids that are addresses
  /// Private-use schemes besides https and loopback.
  std::vector<std::string> redirect_schemes{"cursor"};
  std::int64_t access_token_minutes = 15;
  std::int64_t refresh_token_days = 30;
};

/// Access tokens of another issuer, and our own authorization server.
struct OauthConfig {
  std::string issuer;                 // "" = none but ours
  std::string jwks_url;               // "" = as the issuer's metadata says
  std::string token_type = "at+jwt";  // at+jwt | any
  std::string organization_claim;
  std::string agent_claim;
  AuthorizationServerConfig authorization_server;
  bool enabled() const { return !issuer.empty() || authorization_server.enabled; }
};

}  // namespace commsd::config
