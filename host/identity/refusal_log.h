#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::identity {

/// Writes into the audit log what callers with a token of ours were refused: one line for each
/// refused call, without what was in the call. So that a caller who does nothing but call wrongly
/// cannot fill the log, a token gets so many lines a minute; how many more there were stands in its
/// next line. [any executor]
class RefusalLog {
 public:
  /// What is passed by reference outlives this. `most_per_minute` is for each token.
  RefusalLog(store::Store& store, const store::AuditLog& audit, const Clock& clock,
             std::int64_t most_per_minute)
      : store_(store), audit_(audit), clock_(clock), most_per_minute_(most_per_minute) {}

  struct Refusal {
    std::string org_id;    // the token's; "" for an orchestrator's
    std::string token_id;  // "" writes nothing: nobody is known to have asked
    std::string tool;      // "" when the token itself was refused
    std::string code;      // why, e.g. "invalid_argument" or "expired"
    std::string rule = {};
  };

  /// Resumes when the line is durable. It is the caller who is answered: that the line could not be
  /// written is only logged.
  Task<void> write(Refusal refusal);

 private:
  struct Minute {
    std::int64_t number = 0;  // minutes since 1970
    std::int64_t written = 0;
    std::int64_t left_out = 0;
  };

  /// How many refusals the line to write has to tell of besides its own; -1 when none is written.
  std::int64_t take_turn(const std::string& token_id);

  store::Store& store_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  std::int64_t most_per_minute_;
  std::mutex mutex_;
  std::map<std::string, Minute> minutes_;  // by token
};

}  // namespace commsd::identity
