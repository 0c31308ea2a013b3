#include "messaging/outcome.h"

namespace commsd::messaging {

OutcomeClass classify(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::idempotency_mismatch:
    case ErrorCode::too_large:
    case ErrorCode::rejected:
      return OutcomeClass::refused;
    case ErrorCode::unauthenticated:  // our account there is at fault, not the message
    case ErrorCode::permission_denied:
    case ErrorCode::unsupported:
    case ErrorCode::unavailable:
      return OutcomeClass::failover;
    case ErrorCode::rate_limited:
      return OutcomeClass::throttled;
    // Whatever is not known to be harmless is ambiguous: a provider that breaks in the middle, or
    // a limit that runs out, says nothing about what the vendor did.
    case ErrorCode::in_progress:
    case ErrorCode::timeout:
    case ErrorCode::ambiguous:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      break;
  }
  return OutcomeClass::ambiguous;
}

std::string_view to_string(OutcomeClass outcome) {
  switch (outcome) {
    case OutcomeClass::refused:
      return "refused";
    case OutcomeClass::failover:
      return "failed";
    case OutcomeClass::throttled:
      return "throttled";
    case OutcomeClass::ambiguous:
      break;
  }
  return "ambiguous";
}

void note_answer(store::AttemptEnd& end, const Result<plugin::Receipt>& receipt, bool held) {
  if (receipt) {
    end.outcome = "success";
    end.vendor_id = receipt->vendor_id;
    end.cost_micros = receipt->cost_micros.value_or(0);
    if (receipt->cost_micros) end.cost_currency = receipt->currency;
    return;
  }
  const Error& error = receipt.error();
  const OutcomeClass outcome = classify(error.code);
  end.outcome = outcome == OutcomeClass::refused ? "failed" : to_string(outcome);
  end.error_code = to_string(held ? ErrorCode::ambiguous : error.code);
  end.vendor_code = error.vendor_code;
  end.failure_reason = error.message;
  end.failure_remedy = error.remedy;
}

}  // namespace commsd::messaging
