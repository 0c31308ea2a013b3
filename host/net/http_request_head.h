#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace commsd::net {

/// Request line and header fields as received: views into the parser's buffer.
struct HttpRequestHead {
  struct Field {
    std::string_view name;
    std::string_view value;  // without surrounding white space
  };

  std::string_view method;
  /// Origin form, or "*": of an absolute-form target only path and query are kept (RFC 9112,
  /// section 3.2.2).
  std::string_view target;
  int version_minor = 1;  // HTTP/1.x
  std::vector<Field> fields;
  bool keep_alive = true;
  bool has_body = false;
  bool expects_continue = false;

  /// First field of that name, in any case.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// True when a comma-separated list field (Connection, Upgrade) contains `token`, in any case.
  bool has_token(std::string_view name, std::string_view token) const;
};

bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace commsd::net
