#include "settings.h"

#include <comms/cpp/mime_header.hpp>

namespace smtp {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw comms::Error(COMMS_INVALID, what);
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.compare(0, 4, "127.") == 0;
}

std::int64_t usual_port(const std::string& security) {
  if (security == "implicit") return 465;
  return security == "none" ? 25 : 587;
}

}  // namespace

Settings::Settings(const comms::Config& config)
    : host(config.required("host")),
      security(config.text("security", "starttls")),
      username(config.text("username")),
      password(config.text("password")),
      auth(config.text("auth", "auto")),
      envelope_from(config.text("envelope_from")),
      ca_file(config.text("ca_file")),
      helo(config.text("helo")),
      token_url(config.url("oauth_token_url")),
      client_id(config.text("oauth_client_id")),
      client_secret(config.text("oauth_client_secret")),
      refresh_token(config.text("oauth_refresh_token")),
      scope(config.text("oauth_scope")),
      port(config.integer("port", usual_port(security))),
      timeout_ms(config.integer("timeout_seconds", 25) * 1000) {
  if (uses_oauth()) {
    if (username.empty()) refuse("username is required with auth: xoauth2");
    if (token_url.empty() || client_id.empty() || refresh_token.empty()) {
      refuse("oauth_token_url, oauth_client_id and oauth_refresh_token are required with xoauth2");
    }
    if (!password.empty()) refuse("password has no use with auth: xoauth2");
  } else if (username.empty() != password.empty()) {
    refuse("username and password go together: one of them is missing");
  }
  if (security == "none" && !username.empty() && !is_this_machine(host)) {
    refuse("security: none would send the password in the clear; use starttls or implicit");
  }
  if (!envelope_from.empty()) envelope_from = comms::mime::parse_mailbox(envelope_from).address;
}

std::string Settings::url(const std::string& our_name) const {
  const bool numeric = host.find(':') != std::string::npos;
  return (security == "implicit" ? "smtps://" : "smtp://") + (numeric ? '[' + host + ']' : host) +
         ':' + std::to_string(port) + '/' + our_name;
}

}  // namespace smtp
