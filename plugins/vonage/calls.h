#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

#include "account.h"

namespace vonage {

/// Neutral word for a state of a call; an unknown one counts as queued, because a call must not
/// look finished by mistake.
std::string call_status(std::string_view status);

/// By id; else the one call of that time between these ends. COMMS_UNSUPPORTED = several fit.
comms::Outcome<comms::Receipt> find_call(const Account& account, const comms::Find& what);

/// Under which application a call is, as its webhooks told; empty = not known, then it is the
/// configured one. Remembered for a day: no call is longer.
std::string application_of(const comms::Host& host, std::string_view call_id);
void remember_application(const comms::Host& host, std::string_view call_id,
                          std::string_view application);

}  // namespace vonage
