#pragma once

#include <string>

#include <comms/cpp/json.hpp>

namespace smtp {

/// Where mail is handed in, and as whom.
struct Settings {
  /// Throws comms::Error(COMMS_INVALID) that names the setting.
  explicit Settings(const comms::Config& config);

  std::string host, security, username, password, auth, envelope_from, ca_file, helo;
  std::string token_url, client_id, client_secret, refresh_token, scope;
  std::int64_t port = 0;
  std::int64_t timeout_ms = 0;

  bool uses_oauth() const { return auth == "xoauth2"; }
  /// "smtp://host:port/our-name", as libcurl wants it.
  std::string url(const std::string& our_name) const;
};

}  // namespace smtp
