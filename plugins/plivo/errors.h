#pragma once

#include <comms/cpp/http.hpp>

namespace plivo {

/// What Plivo's answer means: the class of comms.h, Plivo's words (numbers, addresses and URLs
/// taken out) and what to do about it where that is known. Refusals by the API carry no code.
comms::Error error_of(const comms::HttpResponse& answer);

/// The same for a request that creates something. There a 404 speaks of the settings, not of what
/// was asked for.
comms::Error error_of_create(const comms::HttpResponse& answer);

/// What to do about the error code of a message or the hangup code of a call; empty when nothing is
/// known.
std::string_view remedy_of(std::string_view code);

}  // namespace plivo
