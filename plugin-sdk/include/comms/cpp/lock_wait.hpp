#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace comms {

/// How long a connection of a database goes on asking for what somebody else holds, where the
/// server does not wait itself but answers at once that it is busy. Blocks its thread; used by one.
class LockWait {
 public:
  /// The time begins now.
  explicit LockWait(std::uint32_t limit_ms)
      : end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms)) {}

  /// Pauses, longer each time; false when the time is over.
  bool again() {
    if (std::chrono::steady_clock::now() + pause_ > end_) return false;
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, longest_pause);
    return true;
  }

 private:
  static constexpr std::chrono::milliseconds longest_pause{100};

  std::chrono::steady_clock::time_point end_;
  std::chrono::milliseconds pause_{2};
};

}  // namespace comms
