#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace commsd::identity {

/// A redirect URI, taken apart as far as we need it.
struct RedirectUri {
  std::string scheme;  // lower case
  std::string host;    // lower case, IPv6 without brackets; "" for private-use schemes
  std::string port;    // "" when not given
  std::string rest;    // path and query
  bool loopback() const { return host == "127.0.0.1" || host == "::1" || host == "localhost"; }
  /// What a person should see: "https://app.example.com", "http://127.0.0.1:3000", "cursor:".
  std::string origin() const;
};

/// Whether a client may name `text` as its redirect URI: https, or http to loopback (MCP
/// authorization, communication security), or a scheme in `private_schemes` (RFC 8252, section
/// 7.1); absolute, without user info and fragment, of plain URI characters, at most 1024.
bool read_redirect_uri(std::string_view text, const std::vector<std::string>& private_schemes,
                       RedirectUri* parsed = nullptr);

/// Byte for byte, but that the port of a loopback http address is free: native clients take any
/// (RFC 8252, section 7.3).
bool same_redirect_uri(std::string_view registered, std::string_view given);

}  // namespace commsd::identity
