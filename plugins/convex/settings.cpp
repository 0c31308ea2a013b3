#include "settings.h"

namespace convex_plugin {

namespace {

void check_url(const std::string& url) {
  const auto bad = [](const std::string& why) {
    return comms::Error(COMMS_INVALID, "url: " + why, {},
                        "write it like https://NAME.convex.cloud");
  };
  const std::size_t colon = url.find("://");
  const std::string scheme = url.substr(0, colon == std::string::npos ? 0 : colon);
  if (scheme != "https" && scheme != "http") throw bad("it must begin with https://");
  const std::string rest = url.substr(colon + 3);
  if (rest.empty() || rest.front() == '/') throw bad("there is no host");
  if (rest.find_first_of("?#@ ") != std::string::npos) {
    throw bad("it has more than host, port and path; the key goes into deploy_key");
  }
  // The other address of a deployment serves HTTP actions only (docs, "HTTP actions").
  if (rest.find(".convex.site") != std::string::npos) throw bad("it is that of HTTP actions");
}

}  // namespace

Settings read_settings(const comms::Config& config) {
  Settings settings;
  settings.url = config.url("url");
  check_url(settings.url);
  settings.deploy_key = config.required("deploy_key");
  settings.statement_timeout_ms =
      static_cast<std::uint32_t>(config.integer("statement_timeout_ms", 30000));
  settings.lock_timeout_ms = static_cast<std::uint32_t>(config.integer("lock_timeout_ms", 4000));
  return settings;
}

}  // namespace convex_plugin
