#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>

namespace twilio {

/// TwiML document for `verbs`. Throws comms::Error: COMMS_UNSUPPORTED for a verb Twilio has no word
/// for, COMMS_INVALID for one that lacks what it needs. [any thread]
std::string twiml(const comms::Verbs& verbs);

inline constexpr const char* twiml_type = "text/xml";

}  // namespace twilio
