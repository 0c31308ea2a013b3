#pragma once

#include <string_view>

#include "base/result.h"

namespace commsd::messaging {

/// What a failed attempt allows. This is the rule of never twice: only an outcome that proves
/// nobody took the message lets it be tried elsewhere.
enum class OutcomeClass {
  refused,    // final: another try, or another vendor, would refuse it as well
  failover,   // nothing was taken, and the fault is this provider's: the next one may try
  throttled,  // nothing was taken: the same provider, later
  ambiguous,  // it may have been taken: look it up; never send again blindly
};

OutcomeClass classify(ErrorCode code);

std::string_view to_string(OutcomeClass outcome);

}  // namespace commsd::messaging
