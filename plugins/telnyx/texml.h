#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>

namespace telnyx {

/// TeXML document for `verbs`
/// (https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs). Throws comms::Error:
/// COMMS_UNSUPPORTED for a verb Telnyx has no word for, COMMS_INVALID for one that lacks what it
/// needs. [any thread]
std::string texml(const comms::Verbs& verbs);

inline constexpr const char* texml_type = "text/xml";

}  // namespace telnyx
