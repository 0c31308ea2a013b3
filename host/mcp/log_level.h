#pragma once

#include <optional>
#include <string_view>

namespace commsd::mcp {

/// The severities of RFC 5424, as notifications/message names them; ordered.
enum class LogLevel { debug, info, notice, warning, error, critical, alert, emergency };

std::string_view to_string(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view name);

}  // namespace commsd::mcp
