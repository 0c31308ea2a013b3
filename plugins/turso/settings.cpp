#include "settings.h"

namespace turso_plugin {

namespace {

comms::Error bad_url(const std::string& why) {
  return comms::Error(COMMS_INVALID, "url: " + why, {},
                      "write it like libsql://DATABASE-ORGANIZATION.turso.io");
}

/// libsql: is TLS in the vendor's own clients too (docs, "libSQL URL").
std::string http_url(const std::string& url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) throw bad_url("there is no scheme before the host");
  const std::string scheme = url.substr(0, colon);
  const std::string rest = url.substr(colon + 3);
  if (rest.empty() || rest.front() == '/') throw bad_url("there is no host");
  if (rest.find_first_of("?#@ ") != std::string::npos) {
    throw bad_url("it has more than host, port and path; the token goes into auth_token");
  }
  if (scheme == "libsql" || scheme == "wss" || scheme == "https") return "https://" + rest;
  if (scheme == "http") return url;
  throw bad_url("the scheme must be libsql or https");
}

}  // namespace

Settings read_settings(const comms::Config& config) {
  Settings settings;
  settings.url = http_url(config.url("url"));
  settings.token = config.text("auth_token");
  settings.statement_timeout_ms =
      static_cast<std::uint32_t>(config.integer("statement_timeout_ms", 30000));
  settings.lock_timeout_ms = static_cast<std::uint32_t>(config.integer("lock_timeout_ms", 4000));
  return settings;
}

}  // namespace turso_plugin
