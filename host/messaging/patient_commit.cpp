#include "messaging/patient_commit.h"

#include "telemetry/log.h"

namespace commsd::messaging {

Task<bool> commit_patiently(store::Store& store, store::UnitOfWork unit) {
  bool perhaps = false;  // the connection was lost inside the commit of an earlier try
  for (int tries = 0;; ++tries) {
    Result<store::UnitOutcome> outcome = co_await store.commit(unit);
    // The guards of what is saved here hold once: now they fail because that try got through.
    if (outcome) co_return outcome->committed || perhaps;
    perhaps = perhaps || outcome.error().code == ErrorCode::ambiguous;
    if (tries == 5) {
      log::error("result_not_saved", {{"code", to_string(outcome.error().code)}});
      co_return false;
    }
    co_await sleep_for(std::chrono::milliseconds(200 << tries));
  }
}

}  // namespace commsd::messaging
