#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcp/json_rpc.h"

namespace commsd::mcp {

inline constexpr std::string_view meta_protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view meta_client_capabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view meta_log_level = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view meta_server_info = "io.modelcontextprotocol/serverInfo";

/// The headers that repeat what the body says (2026-07-28, streamable-http, "Request Metadata"),
/// so that proxies can route without reading bodies.
struct EnvelopeHeaders {
  std::optional<std::string_view> protocol_version;  // MCP-Protocol-Version
  std::optional<std::string_view> method;            // Mcp-Method
  std::optional<std::string_view> name;              // Mcp-Name
};

/// Whether a message on /mcp is modern: it carries the version in `_meta`, or its header names the
/// modern version, or it is server/discover. `initialize` without `_meta` is always legacy.
bool is_modern(const RpcMessage& message, const EnvelopeHeaders& headers);

/// What is wrong with a modern request's envelope; empty when nothing is. The order is chosen so
/// that a client learns the most basic fault first: -32602 for missing `_meta` members, -32020 for
/// the version header, -32022 for a version we do not speak, -32020 for Mcp-Method and Mcp-Name.
std::optional<RpcError> check_envelope(const RpcMessage& message, const EnvelopeHeaders& headers);

/// The status for a fault of check_envelope: always 400.
inline constexpr int envelope_fault_status = 400;

/// A header value as meant: without surrounding blanks and with "=?base64?...?=" decoded. Empty
/// optional when that encoding is broken.
std::optional<std::string> decode_header_value(std::string_view value);

}  // namespace commsd::mcp
