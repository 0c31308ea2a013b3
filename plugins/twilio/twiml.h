#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>

namespace twilio {

/// TwiML document for `verbs`. Throws comms::Error: COMMS_UNSUPPORTED for a verb Twilio has no word
/// for, COMMS_INVALID for one that lacks what it needs. [any thread]
std::string twiml(const comms::Verbs& verbs);

/// Instructions that say `announce` (may be empty) and connect the caller to `to`; events of that
/// leg go to `status_url` (may be empty).
std::string transfer_twiml(const comms::Transfer& transfer);

inline constexpr const char* twiml_type = "text/xml";

}  // namespace twilio
