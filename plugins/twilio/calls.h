#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

#include "account.h"

namespace twilio {

/// By id; else the one call we made between these two at that time: Calls.json keeps no reference
/// of ours. COMMS_NOT_FOUND = there is none; COMMS_UNSUPPORTED = several fit.
comms::Outcome<comms::Receipt> find_call(const Account& account, const comms::Find& what);

}  // namespace twilio
