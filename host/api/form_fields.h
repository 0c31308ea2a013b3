#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace commsd::api {

using FormFields = std::map<std::string, std::string, std::less<>>;

/// The parameters of a query or of an application/x-www-form-urlencoded body. Nothing when a name
/// comes twice (RFC 6749, section 3.1: two parsers may each take another one), an escape is
/// malformed, a value is no UTF-8 or has control characters, or there are more than 64.
std::optional<FormFields> read_form(std::string_view text);

}  // namespace commsd::api
