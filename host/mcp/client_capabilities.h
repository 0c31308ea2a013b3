#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"

namespace commsd::mcp {

/// What a client says it can do: `capabilities` of `initialize` (legacy) or the member
/// io.modelcontextprotocol/clientCapabilities of each request's `_meta` (modern). Asking a client
/// for what it did not declare is against the specification, so every question starts here.
struct ClientCapabilities {
  bool elicitation_form = false;
  bool elicitation_url = false;
  bool sampling = false;
  bool sampling_tools = false;
  bool roots = false;
  bool tasks = false;  // extensions["io.modelcontextprotocol/tasks"], modern only

  /// Unknown members are ignored; a member of the wrong type counts as not declared. An
  /// `elicitation` without a mode means form (2025-11-25, client/elicitation).
  static ClientCapabilities parse(JsonValue capabilities);

  /// One bit each, in the order above: what a session id carries across restarts.
  std::uint8_t bits() const;
  static ClientCapabilities from_bits(std::uint8_t bits);

  bool operator==(const ClientCapabilities&) const = default;
};

inline constexpr std::string_view tasks_extension = "io.modelcontextprotocol/tasks";

}  // namespace commsd::mcp
