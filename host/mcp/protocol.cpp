#include "mcp/protocol.h"

#include <algorithm>
#include <array>

namespace commsd::mcp {

namespace {

constexpr std::array<std::string_view, 5> versions = {modern_version, newest_legacy_version,
                                                      "2025-06-18", "2025-03-26", "2024-11-05"};

}  // namespace

std::span<const std::string_view> supported_versions() {
  return versions;
}

bool is_legacy_version(std::string_view version) {
  return std::find(versions.begin() + 1, versions.end(), version) != versions.end();
}

std::string_view negotiate_legacy_version(std::string_view requested) {
  const auto found = std::find(versions.begin() + 1, versions.end(), requested);
  return found == versions.end() ? newest_legacy_version : *found;
}

int modern_http_status(int code) {
  switch (code) {
    case rpc_code::method_not_found:
      return 404;
    case rpc_code::parse_error:
    case rpc_code::invalid_request:
    case rpc_code::header_mismatch:
    case rpc_code::missing_capability:
    case rpc_code::unsupported_version:
      return 400;
    default:
      return 200;
  }
}

}  // namespace commsd::mcp
