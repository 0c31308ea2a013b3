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

/// Unix time of both ways Telnyx writes it: messages in RFC 3339, TeXML in RFC 2822; 0 = neither.
std::int64_t time_ms(std::string_view text);

}  // namespace telnyx
