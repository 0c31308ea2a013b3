#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vonage {

/// Vonage writes numbers without the plus sign.
std::string digits(std::string_view e164);
/// The other way; what is no number (a sender name, a SIP address) stays as it is.
std::string e164(std::string_view number);

/// Unix time of "2025-02-03T12:14:25.000Z" or "2025-02-03 12:14:25" (UTC); 0 = not one.
std::int64_t time_ms(std::string_view iso8601);
/// Unix time as the queries of the API take it, "2025-02-03T12:14:25Z".
std::string iso8601(std::int64_t unix_ms);

/// Whole seconds of `ms`, rounded up, within [least, most].
std::uint32_t seconds(std::uint32_t ms, std::uint32_t least, std::uint32_t most);
/// Seconds, as text, in milliseconds; empty when it is no number.
std::string milliseconds(std::string_view seconds_text);

}  // namespace vonage
