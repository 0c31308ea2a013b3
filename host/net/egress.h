#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include <tl/expected.hpp>

namespace commsd::net {

/// Where a URL leads, after the one URL parser we have (libcurl's, which also makes the request:
/// two parsers that disagree about the host are the classic way around such a check).
struct EgressTarget {
  std::string scheme;  // "http" or "https"; ws and wss are reported as these
  std::string host;    // lower case; an IPv6 literal without brackets
  std::uint16_t port = 0;
  bool literal = false;  // `host` is an IP address
  bool exempt =
      false;  // the administrator named this origin: plain HTTP and private addresses pass

  std::string origin() const;  // "https://api.acme.com", port only when it is not the default
  /// CURLOPT_RESOLVE: that `host` is at these addresses and no others.
  std::string resolve_entry(const std::vector<std::string>& addresses) const;
};

/// One entry of a plugin manifest's `egress`: an origin, whose host may begin with "*." to stand
/// for any number of labels ("https://*.twilio.com"). wss:// and https:// mean the same here.
class OriginPattern {
 public:
  /// Errors (text for the plugin's author): no scheme, a path, user info, a wildcard elsewhere or
  /// above fewer than two labels.
  static tl::expected<OriginPattern, std::string> parse(std::string_view text);

  bool matches(const EgressTarget& target) const;

 private:
  std::string scheme_;
  std::string host_;  // without "*."
  std::uint16_t port_ = 0;
  bool wildcard_ = false;
};

using EgressList = std::vector<OriginPattern>;

/// The rules every outbound connection of the host and of plugins obeys (CWE-918, server-side
/// request forgery; OWASP ASVS 5.0 1.3.6): https only, known ports, no user info, no redirects,
/// and no address that is not public. The address is checked when the socket is opened, not when
/// the name was resolved, so an answer that changes in between gains nothing.
/// Immutable; [any thread].
class EgressPolicy {
 public:
  struct Rules {
    std::vector<std::uint16_t> ports{443};
    /// Exact origins to which plain HTTP, any port and private addresses are allowed, e.g.
    /// "http://127.0.0.1:24101". Unparsable entries are refused by make().
    std::vector<std::string> exceptions;
  };

  /// The default rules: https to public addresses on port 443.
  EgressPolicy() = default;
  /// Error: the exception that cannot be read as an origin, and why.
  static tl::expected<EgressPolicy, std::string> make(const Rules& rules);

  /// Where `url` leads, or why it must not be called. `allowed` is the plugin's list; null for the
  /// host's own calls. The text never repeats the path or query of the URL: they may hold a secret.
  tl::expected<EgressTarget, std::string> check(std::string_view url,
                                                const EgressList* allowed) const;

  /// True for a globally routable unicast address (IANA special-purpose registries; RFC 6890),
  /// IPv4 inside IPv6 (mapped, 6to4, NAT64, Teredo) excluded.
  static bool is_public(const sockaddr* address);
  /// The same for the text of an address; false for text that is none.
  static bool is_public(const std::string& address);

 private:
  std::vector<std::uint16_t> ports_{443};
  std::vector<EgressTarget> exceptions_;
};

}  // namespace commsd::net
