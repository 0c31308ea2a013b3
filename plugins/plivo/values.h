#pragma once

#include <string>
#include <string_view>

// Plivo's words and figures in neutral ones.

namespace plivo {

/// An unknown state counts as queued: a message must not look finished by mistake.
std::string message_status(std::string_view plivo_status);
std::string call_status(std::string_view plivo_status);

/// The state of a call that has ended, by Plivo's hangup code; `answered` tells whether it came
/// about.
std::string ended_status(bool answered, std::string_view hangup_code);

}  // namespace plivo
