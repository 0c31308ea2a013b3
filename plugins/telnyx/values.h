#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

// Telnyx's words and figures in neutral ones.

namespace telnyx {

/// An unknown state counts as queued: a message must not look finished by mistake.
std::string message_status(std::string_view telnyx_status);
std::string call_status(std::string_view texml_status);

/// "0.0040" = 4000; COMMS_COST_UNKNOWN when it is no amount.
std::int64_t cost_micros(std::string_view amount);

/// Unix time of "2024-01-15T10:30:00.123Z" or "...+00:00" (RFC 3339, UTC only) or of
/// "Thu, 15 Jun 2023 09:56:45 +0000" (RFC 2822, likewise); 0 = neither.
std::int64_t time_ms(std::string_view text);

/// Seconds as milliseconds; empty when it is no number.
std::string milliseconds(std::string_view seconds);

/// Whole seconds of `ms`, rounded up and kept within what Telnyx accepts.
std::uint32_t seconds_within(std::uint32_t ms, std::uint32_t least, std::uint32_t most);

}  // namespace telnyx
