#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>

namespace vonage {

/// NCCO (call control object) for `verbs`: a JSON array of actions, at whose end the call ends.
/// Throws comms::Error: COMMS_UNSUPPORTED for a verb Vonage has no action for, COMMS_INVALID for
/// one that lacks what it needs. [any thread]
std::string ncco(const comms::Verbs& verbs);

/// Actions that say `announce` (may be empty) and connect the caller to `to`; events of that leg go
/// to `status_url` (may be empty).
std::string transfer_ncco(const comms::Transfer& transfer);

/// In the query of a URL that is told of the leg of a dial verb: its events look like those of a
/// call of its own.
inline constexpr std::string_view leg_mark = "vonage_leg";

}  // namespace vonage
