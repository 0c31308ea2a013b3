#pragma once

#include <string_view>

#include "base/result.h"
#include "plugin/provider_types.h"
#include "store/attempt_records.h"

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

/// Writes what a vendor answered into the end of the attempt. `held`: an earlier attempt may have
/// been taken, or this one, and the end says so.
void note_answer(store::AttemptEnd& end, const Result<plugin::Receipt>& receipt, bool held);

/// Makes a message or call what the end of its attempt made of it in the store.
template <typename Subject>
void apply_end(Subject& subject, const store::AttemptEnd& end) {
  subject.state = end.state;
  subject.state_rank = end.state_rank;
  subject.vendor_id = end.vendor_id;
  subject.error_code = end.error_code;
  subject.vendor_code = end.vendor_code;
  subject.failure_reason = end.failure_reason;
  subject.failure_remedy = end.failure_remedy;
  subject.cost_micros = end.cost_micros;
  subject.cost_currency = end.cost_currency;
  subject.updated_at = end.at;
}

}  // namespace commsd::messaging
