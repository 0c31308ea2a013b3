#include "net/egress.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <optional>

#include <curl/curl.h>

#include "base/text.h"

namespace commsd::net {

namespace {

tl::unexpected<std::string> refuse(std::string why) {
  return tl::unexpected<std::string>(std::move(why));
}

struct UrlParts {
  std::string scheme;
  std::string host;
  std::string port;
  std::string path;
  bool has_query = false;
  bool has_fragment = false;
  bool has_user = false;
};

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::optional<UrlParts> parse_url(std::string_view text) {
  if (text.size() > 8192) return std::nullopt;
  // Only what RFC 3986 allows unescaped: a byte above 127 would be IDNA-mapped by some resolvers
  // and not by others, and an embedded NUL would end the text for one reader only.
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f || c == '\\') return std::nullopt;
  }
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  const std::string copy(text);
  const unsigned flags = CURLU_NON_SUPPORT_SCHEME;  // ws and wss are not libcurl's
  if (!url || curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), flags) != CURLUE_OK) {
    return std::nullopt;
  }
  UrlParts parts;
  parts.scheme = to_lower_ascii(part(url.get(), CURLUPART_SCHEME).value_or(""));
  parts.host = to_lower_ascii(part(url.get(), CURLUPART_HOST).value_or(""));
  parts.port = part(url.get(), CURLUPART_PORT).value_or("");
  parts.path = part(url.get(), CURLUPART_PATH).value_or("");
  parts.has_query = part(url.get(), CURLUPART_QUERY).has_value();
  parts.has_fragment = part(url.get(), CURLUPART_FRAGMENT).has_value();
  parts.has_user = part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD);
  return parts;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const std::string_view label : split(host, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!letter) return false;
    }
  }
  return true;
}

tl::expected<EgressTarget, std::string> target_of(const UrlParts& parts) {
  EgressTarget target;
  if (parts.scheme == "https" || parts.scheme == "wss") {
    target.scheme = "https";
  } else if (parts.scheme == "http" || parts.scheme == "ws") {
    target.scheme = "http";
  } else {
    return refuse("only https:// and wss:// URLs can be called");
  }
  if (parts.has_user) return refuse("a URL must not carry user info");

  target.host = parts.host;
  std::array<std::uint8_t, 16> scratch{};
  if (target.host.size() > 2 && target.host.front() == '[') {
    target.host = target.host.substr(1, target.host.size() - 2);
    if (inet_pton(AF_INET6, target.host.c_str(), scratch.data()) != 1) {
      return refuse("the URL's host is not an IPv6 address");  // zone ids land here
    }
    target.literal = true;
  } else if (inet_pton(AF_INET, target.host.c_str(), scratch.data()) == 1) {
    target.literal = true;
  } else if (!is_host_name(target.host) ||
             target.host.find_first_not_of("0123456789.") == std::string::npos) {
    return refuse("the URL's host is not a host name");
  }

  target.port = target.scheme == "https" ? 443 : 80;
  if (!parts.port.empty()) {
    const char* end = parts.port.data() + parts.port.size();
    const auto [stop, error] = std::from_chars(parts.port.data(), end, target.port);
    if (error != std::errc() || stop != end || target.port == 0) {
      return refuse("the URL's port is out of range");
    }
  }
  return target;
}

/// `text` as an origin: a URL with nothing behind the port.
tl::expected<EgressTarget, std::string> parse_origin(std::string_view text) {
  const auto parts = parse_url(text);
  if (!parts) return refuse("'" + std::string(text) + "' is not an origin");
  const bool bare = (parts->path.empty() || parts->path == "/") && !parts->has_query &&
                    !parts->has_fragment && !text.ends_with('/');
  if (!bare) {
    return refuse("'" + std::string(text) +
                  "' must be an origin: scheme, host and optional port, nothing after");
  }
  auto target = target_of(*parts);
  if (!target) return refuse("'" + std::string(text) + "': " + target.error());
  return target;
}

struct Range4 {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t ip4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA IPv4 Special-Purpose Address Registry, everything not globally reachable, plus multicast,
// class E, 6to4 relays, and the one metadata service on a public address (Azure's WireServer).
constexpr Range4 kDenied4[] = {
    {ip4(0, 0, 0, 0), 8},       {ip4(10, 0, 0, 0), 8},     {ip4(100, 64, 0, 0), 10},
    {ip4(127, 0, 0, 0), 8},     {ip4(169, 254, 0, 0), 16}, {ip4(172, 16, 0, 0), 12},
    {ip4(192, 0, 0, 0), 24},    {ip4(192, 0, 2, 0), 24},   {ip4(192, 88, 99, 0), 24},
    {ip4(192, 168, 0, 0), 16},  {ip4(198, 18, 0, 0), 15},  {ip4(198, 51, 100, 0), 24},
    {ip4(203, 0, 113, 0), 24},  {ip4(224, 0, 0, 0), 4},    {ip4(240, 0, 0, 0), 4},
    {ip4(168, 63, 129, 16), 32}};

bool is_public4(std::uint32_t address) {
  return std::none_of(std::begin(kDenied4), std::end(kDenied4), [address](const Range4& range) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - range.bits);
    return (address & mask) == range.network;
  });
}

bool is_public6(const std::array<std::uint8_t, 16>& a) {
  // Global unicast is 2000::/3 and nothing else; loopback, ULA, link-local, multicast, mapped and
  // NAT64 (64:ff9b::/96) all lie outside. Inside it the special blocks are these.
  if ((a[0] & 0xe0) != 0x20) return false;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) return false;                   // 2001::/23
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) return false;  // 2001:db8::/32
  if (a[0] == 0x20 && a[1] == 0x02) return false;                                  // 6to4
  if (a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0) return false;            // 3fff::/20
  return true;
}

}  // namespace

std::string EgressTarget::origin() const {
  std::string text = scheme + "://";
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (scheme == "https" ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

// '+' lets the entry age out of libcurl's cache; every request brings its own.
std::string EgressTarget::resolve_entry(const std::vector<std::string>& addresses) const {
  std::string entry = "+" + host + ":" + std::to_string(port) + ":";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) entry += ',';
    const bool v6 = addresses[i].find(':') != std::string::npos;
    entry += v6 ? "[" + addresses[i] + "]" : addresses[i];
  }
  return entry;
}

tl::expected<OriginPattern, std::string> OriginPattern::parse(std::string_view text) {
  OriginPattern pattern;
  std::string plain(text);
  const std::size_t host = plain.find("://");
  if (host != std::string::npos && plain.compare(host + 3, 2, "*.") == 0) {
    pattern.wildcard_ = true;
    plain.erase(host + 3, 2);
  }
  const auto target = parse_origin(plain);
  if (!target) return refuse(target.error());
  if (pattern.wildcard_ && (target->literal || target->host.find('.') == std::string::npos)) {
    return refuse("'" + std::string(text) +
                  "': '*.' must stand before a domain of at least two labels");
  }
  pattern.scheme_ = target->scheme;
  pattern.host_ = target->host;
  pattern.port_ = target->port;
  return pattern;
}

bool OriginPattern::matches(const EgressTarget& target) const {
  if (target.scheme != scheme_ || target.port != port_) return false;
  if (!wildcard_) return target.host == host_;
  return target.host.size() > host_.size() + 1 && target.host.ends_with(host_) &&
         target.host[target.host.size() - host_.size() - 1] == '.';
}

tl::expected<EgressPolicy, std::string> EgressPolicy::make(const Rules& rules) {
  EgressPolicy policy;
  policy.ports_ = rules.ports;
  for (const std::string& text : rules.exceptions) {
    auto target = parse_origin(text);
    if (!target) return refuse(target.error());
    policy.exceptions_.push_back(std::move(*target));
  }
  return policy;
}

tl::expected<EgressTarget, std::string> EgressPolicy::check(std::string_view url,
                                                            const EgressList* allowed) const {
  const auto parts = parse_url(url);
  if (!parts) return refuse("the URL is malformed");
  auto target = target_of(*parts);
  if (!target) return target;

  target->exempt =
      std::any_of(exceptions_.begin(), exceptions_.end(), [&target](const EgressTarget& exception) {
        return exception.scheme == target->scheme && exception.host == target->host &&
               exception.port == target->port;
      });
  if (!target->exempt) {
    if (allowed && std::none_of(allowed->begin(), allowed->end(), [&](const OriginPattern& entry) {
          return entry.matches(*target);
        })) {
      return refuse("the origin " + target->origin() + " is not in the plugin's egress list");
    }
    if (target->scheme != "https") {
      return refuse("only https is allowed, not " + target->origin());
    }
    if (std::find(ports_.begin(), ports_.end(), target->port) == ports_.end()) {
      return refuse("port " + std::to_string(target->port) + " is not allowed");
    }
    if (target->literal) {
      sockaddr_storage address{};
      if (auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
          inet_pton(AF_INET, target->host.c_str(), &v4->sin_addr) == 1) {
        address.ss_family = AF_INET;
      } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
        inet_pton(AF_INET6, target->host.c_str(), &v6->sin6_addr);
        address.ss_family = AF_INET6;
      }
      if (!is_public(reinterpret_cast<const sockaddr*>(&address))) {
        return refuse("the address " + target->host + " is not public");
      }
    }
  }
  return target;
}

bool EgressPolicy::is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    return is_public4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

bool EgressPolicy::is_public(const std::string& address) {
  sockaddr_storage storage{};
  if (inet_pton(AF_INET, address.c_str(), &reinterpret_cast<sockaddr_in*>(&storage)->sin_addr) ==
      1) {
    storage.ss_family = AF_INET;
  } else if (inet_pton(AF_INET6, address.c_str(),
                       &reinterpret_cast<sockaddr_in6*>(&storage)->sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  } else {
    return false;
  }
  return is_public(reinterpret_cast<const sockaddr*>(&storage));
}

}  // namespace commsd::net
