#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/provider_types.h"

namespace commsd::messaging {

/// An attempt whose answer was lost.
struct LostAttempt {
  std::string attempt_id;
  std::string subject_id;  // of the message or call
  std::string provider;
  UnixMillis started_at = 0;
  UnixMillis silent_since = 0;  // the last moment at which it can have left us
};

/// Looks at a vendor for what it may have taken: several times, because a vendor takes a while to
/// show it, and so that two attempts never take one thing for theirs. [any executor]
class LostAnswers {
 public:
  using Look = std::function<Task<Result<plugin::Receipt>>(plugin::LookUp)>;
  /// Whose the vendor's id is by our records: the id of a message or call, or nothing.
  using Owner = std::function<Task<Result<std::optional<std::string>>>(std::string vendor_id)>;

  explicit LostAnswers(const Clock& clock) : clock_(clock) {}

  /// `what` lacks the time window only. What is found belongs to the attempt until release().
  /// not_found: it was not taken, or what was found is another's; unsupported: nobody can tell.
  Task<Result<plugin::Receipt>> find(LostAttempt lost, plugin::LookUp what, Look look, Owner owner);
  /// To be called once what was found is saved, or is not going to be.
  void release(const std::string& attempt_id);

 private:
  bool claim(const LostAttempt& lost, const std::string& vendor_id);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> claims_;  // -> attempt
};

}  // namespace commsd::messaging
