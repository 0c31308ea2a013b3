#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commsd {

std::string to_lower_ascii(std::string_view text);
std::string_view trim(std::string_view text);  // ASCII white space
std::vector<std::string_view> split(std::string_view text, char separator);
bool is_valid_utf8(std::string_view text);
/// True for control characters, CR and LF included: what may not enter a mail header or a log.
bool has_control_character(std::string_view text);

/// RFC 3986 percent-encoding of everything but unreserved characters.
std::string percent_encode(std::string_view text);
/// Empty optional on a malformed escape. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

/// Text as it may stand in HTML, in an attribute too.
std::string escape_html(std::string_view text);

/// E.164: '+', then 7 to 15 digits of which the first is not 0 (ITU-T E.164, section 6.2).
bool is_e164(std::string_view number);
/// One plain addr-spec of RFC 5321 size: local part at most 64, domain of at least two labels,
/// ASCII, no quotes, no comments, no white space. Deliberately narrower than RFC 5322.
bool is_email_address(std::string_view address);

}  // namespace commsd
