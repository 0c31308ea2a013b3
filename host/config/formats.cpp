#include "config/formats.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/text.h"

namespace commsd::config {

namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() &&
         text.size() <= 5 && port <= 65535;
}

bool is_ip4(std::string_view text) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ip6(std::string_view text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

/// RFC 1123 host name.
bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const std::string_view label : split(text, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    if (!std::all_of(label.begin(), label.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_';
        })) {
      return false;
    }
  }
  return true;
}

/// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
bool is_authority(std::string_view text, bool port_needed) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ip6(text.substr(1, end - 1))) return false;
    host = {};
    if (end + 1 < text.size()) {
      if (text[end + 1] != ':') return false;
      port = text.substr(end + 2);
    }
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (!text.starts_with('[') && !is_ip4(host) && !is_host_name(host)) return false;
  return port ? is_port(*port) : !port_needed;
}

std::string_view without_scheme(std::string_view text, std::initializer_list<const char*> schemes) {
  for (const std::string_view scheme : schemes) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return {};
}

bool is_origin(std::string_view text) {
  return is_authority(without_scheme(text, {"https://", "http://"}), false);
}

bool is_url_of(std::string_view text, std::initializer_list<const char*> schemes) {
  std::string_view rest = without_scheme(text, schemes);
  const std::size_t slash = rest.find_first_of("/?#");
  if (!is_authority(rest.substr(0, slash), false)) return false;
  return slash == std::string_view::npos ||
         std::none_of(rest.begin() + static_cast<std::ptrdiff_t>(slash), rest.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte >= 0x7F ||
                  std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos;
         });
}

bool is_web_url(std::string_view text) {
  return is_url_of(text, {"https://", "http://"});
}

bool is_base_url(std::string_view text) {
  return is_web_url(text) && text.find_first_of("?#") == std::string_view::npos &&
         text.back() != '/';
}

/// RFC 3986 in outline: a scheme, a colon and something; web schemes are checked in full.
bool is_uri(std::string_view text) {
  if (text.starts_with("http:") || text.starts_with("https:")) return is_web_url(text);
  if (text.starts_with("ws:") || text.starts_with("wss:")) {
    return is_url_of(text, {"wss://", "ws://"});
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  return !has_control_character(text) && text.find(' ') == std::string_view::npos;
}

bool is_address_port(std::string_view text) {
  return is_authority(text, true);
}

bool is_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool four = is_ip4(address);
  if (!four && !is_ip6(address)) return false;
  if (slash == std::string_view::npos) return true;
  const std::string_view bits = text.substr(slash + 1);
  unsigned count = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), count);
  return error == std::errc() && end == bits.data() + bits.size() && count <= (four ? 32U : 128U);
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_host(std::string_view text) {
  return is_authority(text, false);
}

constexpr std::array formats = {
    Format{"address-port", "ADDRESS:PORT, e.g. 127.0.0.1:3100 or [::1]:3100", is_address_port},
    Format{"origin", "SCHEME://HOST or SCHEME://HOST:PORT with http or https and without a path",
           is_origin},
    Format{"host", "HOST or HOST:PORT", is_host},
    Format{"base-url", "an http or https URL without a '/' at its end", is_base_url},
    Format{"network", "an IP address or a network such as 10.0.0.0/8", is_network},
    Format{"sha256", "64 lower-case hexadecimal digits, as sha256sum prints them", is_sha256},
    Format{"uri", "a URL", is_uri},
    Format{"email", "one e-mail address", is_email_address},
    Format{"phone", "a phone number in E.164 form, e.g. +14155550123", is_e164},
};

}  // namespace

const Format* find_format(std::string_view name) {
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [name](const Format& format) { return format.name == name; });
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace commsd::config
