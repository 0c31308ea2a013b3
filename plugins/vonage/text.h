#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vonage {

/// Vonage writes numbers without the plus sign.
std::string digits(std::string_view e164);
/// The other way; what is no number (a sender name, a SIP address) stays as it is.
std::string e164(std::string_view number);

/// Unix time as the queries of the API take it, "2025-02-03T12:14:25Z".
std::string iso8601(std::int64_t unix_ms);

}  // namespace vonage
