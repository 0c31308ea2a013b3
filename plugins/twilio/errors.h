#pragma once

#include <comms/cpp/http.hpp>

namespace twilio {

/// What Twilio's answer means: the class of comms.h, Twilio's code and message (numbers, addresses
/// and URLs taken out), and what to do about it where that is known.
comms::Error error_of(const comms::HttpResponse& answer);

/// The same for a request that creates something below the account. There a 404 speaks of the
/// account, not of what was asked for.
comms::Error error_of_create(const comms::HttpResponse& answer);

/// What to do about an error code of Twilio; empty when there is nothing better than the message.
std::string_view remedy_of(std::string_view code);

}  // namespace twilio
