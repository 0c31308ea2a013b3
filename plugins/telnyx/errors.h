#pragma once

#include <comms/cpp/http.hpp>

namespace telnyx {

/// What Telnyx's answer means: the class of comms.h, Telnyx's code and title, and what to do about
/// it where that is known. The detail is left out: it repeats numbers and texts.
comms::Error error_of(const comms::HttpResponse& answer);

/// The same for a request that creates something. There a 404 speaks of the settings, not of what
/// was asked for.
comms::Error error_of_create(const comms::HttpResponse& answer);

}  // namespace telnyx
