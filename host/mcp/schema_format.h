#pragma once

#include <optional>
#include <string_view>

namespace commsd::mcp {

/// The string formats that are checked, all by hand-written scanners: std::regex has no bound on
/// its running time.
enum class SchemaFormat { none, e164, email, uri, date_time };

/// "e164", "email", "uri", "date-time"; empty for any other.
std::optional<SchemaFormat> schema_format(std::string_view name);
bool has_format(SchemaFormat format, std::string_view text);
/// What it asks for, with an example.
std::string_view phrase_of(SchemaFormat format);

}  // namespace commsd::mcp
