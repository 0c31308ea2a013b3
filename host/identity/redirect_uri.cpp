#include "identity/redirect_uri.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::identity {

namespace {

constexpr std::size_t longest = 1024;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Those of RFC 3986 that may stand in a URI without fragment; quotes are left out because nobody
/// needs them and a page or a header may be built of it.
bool is_uri_character(char c) {
  return is_alphanumeric(c) || std::string_view("-._~:/?[]@!$&()*+=%").find(c) != std::string::npos;
}

bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == ':';
  });
}

}  // namespace

std::string RedirectUri::origin() const {
  if (host.empty()) return scheme + ':';
  const bool literal = host.find(':') != std::string::npos;
  return scheme + "://" + (literal ? '[' + host + ']' : host) + (port.empty() ? "" : ':' + port);
}

bool read_redirect_uri(std::string_view text, const std::vector<std::string>& private_schemes,
                       RedirectUri* parsed) {
  RedirectUri uri;
  const std::size_t colon = text.find(':');
  if (text.size() > longest || colon == std::string_view::npos || colon == 0 ||
      !std::all_of(text.begin(), text.end(), is_uri_character)) {
    return false;
  }
  uri.scheme = to_lower_ascii(text.substr(0, colon));
  const bool web = uri.scheme == "https" || uri.scheme == "http";
  if (!web) {
    if (std::find(private_schemes.begin(), private_schemes.end(), uri.scheme) ==
        private_schemes.end()) {
      return false;
    }
    uri.rest = text.substr(colon + 1);
  } else {
    std::string_view tail = text.substr(colon + 1);
    if (!tail.starts_with("//")) return false;
    tail.remove_prefix(2);
    const std::size_t end = std::min(tail.find_first_of("/?"), tail.size());
    std::string_view authority = tail.substr(0, end);
    uri.rest = tail.substr(end);
    if (authority.find('@') != std::string_view::npos) return false;
    const bool literal = authority.starts_with('[');
    const std::size_t close = literal ? authority.find(']') : authority.find(':');
    if (literal && close == std::string_view::npos) return false;
    uri.host = to_lower_ascii(authority.substr(literal ? 1 : 0, literal ? close - 1 : close));
    std::string_view port;
    if (literal) {
      port = authority.substr(close + 1);
    } else if (close != std::string_view::npos) {
      port = authority.substr(close);
    }
    if (!port.empty()) {
      if (port[0] != ':' || port.size() > 6 ||
          port.find_first_not_of("0123456789", 1) != std::string_view::npos) {
        return false;
      }
      uri.port = port.substr(1);
    }
    if (!is_host(uri.host) || (uri.host.find(':') != std::string::npos) != literal) return false;
    if (uri.scheme == "http" && !uri.loopback()) return false;
  }
  if (parsed) *parsed = std::move(uri);
  return true;
}

bool same_redirect_uri(std::string_view registered, std::string_view given) {
  if (registered == given) return true;
  RedirectUri left;
  RedirectUri right;
  return read_redirect_uri(registered, {}, &left) && read_redirect_uri(given, {}, &right) &&
         left.scheme == "http" && right.scheme == "http" && left.host == right.host &&
         left.loopback() && left.rest == right.rest;
}

}  // namespace commsd::identity
