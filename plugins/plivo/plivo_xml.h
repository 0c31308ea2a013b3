#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>

namespace plivo {

/// Plivo XML document for `verbs` (https://www.plivo.com/docs/voice/xml/overview). Throws
/// comms::Error: COMMS_UNSUPPORTED for a verb Plivo has no word for, COMMS_INVALID for one that
/// lacks what it needs. [any thread]
std::string plivo_xml(const comms::Verbs& verbs);

/// Instructions that say `announce` (may be empty) and connect the caller to `to`; events of that
/// leg go to `leg_url`, and how the dialling ended to `end_url`.
std::string transfer_xml(const comms::Transfer& transfer, std::string_view leg_url,
                         std::string_view end_url);

inline constexpr const char* xml_type = "text/xml";

}  // namespace plivo
