#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace commsd::plugin {

/// One-time codes that prove, beside a token, that whoever uploads a plugin is at home on the
/// machine: they are made over the control socket only. A token that was stolen is not enough to
/// run code here. [any thread]
class UploadCodes {
 public:
  static constexpr UnixMillis lifetime = 5 * 60 * 1000;
  static constexpr int most_wrong = 5;  // then the code is void

  UploadCodes(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  /// A new code, for one upload; an earlier one is void.
  std::string issue();
  /// Whether this is the code. It is used up by that.
  bool take(std::string_view code);

 private:
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::string code_;  // empty = none
  UnixMillis ends_ = 0;
  int wrong_ = 0;
};

}  // namespace commsd::plugin
