#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commsd::mcp {

/// The token of "Bearer <token>", the scheme in any case (RFC 9110, section 11.1); empty optional
/// for anything else.
std::optional<std::string_view> bearer_token(std::optional<std::string_view> authorization);

/// Whether an Accept list admits `type` ("application/json"): by name, "application/*" or "*/*".
/// A quality of 0 refuses.
bool accepts(std::optional<std::string_view> accept, std::string_view type);

/// Whether a Content-Type is application/json, parameters aside.
bool is_json_type(std::optional<std::string_view> content_type);

/// RFC 9110, section 5.1: 1*tchar, at most 128.
bool is_header_name(std::string_view name);

/// A prefix a proxy says it removed ("/comms"), or "" when the value is no plain absolute path:
/// it goes into the endpoint event, where "//host" would send the client elsewhere.
std::string forwarded_prefix(std::optional<std::string_view> header);

}  // namespace commsd::mcp
