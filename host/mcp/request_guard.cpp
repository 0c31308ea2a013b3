#include "mcp/request_guard.h"

#include <algorithm>
#include <arpa/inet.h>

#include "base/text.h"

namespace commsd::mcp {

namespace {

bool is_ip_address(const std::string& host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

/// "scheme://host:port" of a URL, lower case, the scheme's own port left out.
std::string origin_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  std::string origin = to_lower_ascii(url.substr(0, url.find_first_of("/?#", scheme_end + 3)));
  for (const auto& [scheme, port] : {std::pair{"http://", ":80"}, std::pair{"https://", ":443"}}) {
    if (origin.starts_with(scheme) && origin.ends_with(port)) {
      origin.erase(origin.size() - std::string_view(port).size());
    }
  }
  return origin;
}

std::string host_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ? std::string()
                                              : host_name(origin.substr(scheme_end + 3));
}

}  // namespace

std::string host_name(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return {};
    const auto rest = authority.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return {};
    return to_lower_ascii(authority.substr(1, end - 1));
  }
  const auto colon = authority.find(':');
  if (colon != std::string_view::npos) {
    const auto port = authority.substr(colon + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(port.begin(), port.end(), digit)) return {};
    authority = authority.substr(0, colon);
  }
  return to_lower_ascii(authority);
}

RequestGuard::RequestGuard(const Options& options) : loopback_(options.loopback) {
  const auto allow_origin = [&](const std::string& url) {
    if (std::string origin = origin_of(url); !origin.empty()) origins_.push_back(std::move(origin));
  };
  allow_origin(options.public_url);
  for (const std::string& origin : options.allowed_origins) allow_origin(origin);
  if (std::string host = host_of(origin_of(options.public_url)); !host.empty()) {
    hosts_.push_back(std::move(host));
  }
  for (const std::string& host : options.allowed_hosts) hosts_.push_back(host_name(host));
}

bool RequestGuard::host_allowed(std::string_view host) const {
  const std::string name = host_name(host);
  if (name.empty()) return false;
  if (loopback_ && is_loopback_name(name)) return true;
  return is_ip_address(name) || std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
}

bool RequestGuard::origin_allowed(std::optional<std::string_view> origin) const {
  if (!origin) return true;
  const std::string asked = origin_of(*origin);
  if (asked.empty()) return false;  // "null" included: a sandboxed frame, whose page nobody knows
  if (loopback_ && is_loopback_name(host_of(asked))) return true;
  return std::find(origins_.begin(), origins_.end(), asked) != origins_.end();
}

}  // namespace commsd::mcp
