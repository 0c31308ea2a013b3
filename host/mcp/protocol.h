#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace commsd::mcp {

/// The two ways of speaking MCP (specification 2026-07-28, basic/versioning): modern requests carry
/// version and capabilities each; legacy ones follow an `initialize` handshake.
enum class Era { legacy, modern };

inline constexpr std::string_view modern_version = "2026-07-28";
inline constexpr std::string_view newest_legacy_version = "2025-11-25";
/// What a legacy request without a version header is taken to be (2025-11-25, basic/transports).
inline constexpr std::string_view assumed_version = "2025-03-26";

/// Newest first; `supported_versions` begins with the modern one.
std::span<const std::string_view> supported_versions();
bool is_legacy_version(std::string_view version);

/// What `initialize` answers: the version asked for if it is one of ours, else our newest legacy
/// one, which the client may then refuse (2025-11-25, basic/lifecycle).
std::string_view negotiate_legacy_version(std::string_view requested);

/// JSON-RPC error codes in use. -32000 and -32001 are those of the official SDKs on the legacy
/// wires; -32020 to -32022 are the specification's (2026-07-28, basic, "Error Codes").
namespace rpc_code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int refused = -32000;
inline constexpr int session_not_found = -32001;
inline constexpr int resource_not_found = -32002;  // legacy wires only
inline constexpr int header_mismatch = -32020;
inline constexpr int missing_capability = -32021;
inline constexpr int unsupported_version = -32022;
}  // namespace rpc_code

/// The status a modern answer with that error travels under: 404 for an unknown method, 400 for a
/// malformed request, 200 for what went wrong while a well-formed one was served.
int modern_http_status(int code);

}  // namespace commsd::mcp
