#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::mcp {

/// Decides whose browser pages and which host names may reach the MCP endpoints: the defence
/// against DNS rebinding, where a page's own host name is made to point at 127.0.0.1.
/// [immutable, any thread]
class RequestGuard {
 public:
  struct Options {
    std::string public_url;                    // its origin and host are always allowed
    std::vector<std::string> allowed_origins;  // "https://app.example.org"
    std::vector<std::string> allowed_hosts;    // "comms.example.org", any port
    bool loopback = true;  // bound to loopback only: its names and pages are allowed
  };

  explicit RequestGuard(const Options& options);

  /// The value of Host. IP addresses are allowed besides the listed names: rebinding needs a name.
  bool host_allowed(std::string_view host) const;
  /// A request without Origin comes from no browser page and is allowed.
  bool origin_allowed(std::optional<std::string_view> origin) const;

 private:
  std::vector<std::string> origins_;
  std::vector<std::string> hosts_;
  bool loopback_;
};

/// The host of "host:port", "[::1]:port" or "host", lower case; empty when malformed.
std::string host_name(std::string_view authority);

}  // namespace commsd::mcp
