#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commsd::net {

/// Splits an origin-form target at its first '?'.
struct TargetParts {
  std::string_view path;
  std::string_view query;
};
TargetParts split_target(std::string_view target);

/// Percent-decodes a path, once. Empty optional when an escape is malformed, or when another
/// server in front could have read another path: dot segments, and escapes of '/', '\' or NUL and
/// other control characters (RFC 3986, section 7.3).
std::optional<std::string> decode_path(std::string_view path);

/// First value of `name` in a query, decoded as application/x-www-form-urlencoded; a malformed
/// escape stays as it is (WHATWG URL, section 5.1).
std::optional<std::string> find_query(std::string_view query, std::string_view name);

}  // namespace commsd::net
