#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace commsd::mcp {

/// Slows down those who try tokens: after `limit` bad ones within `window` an address is blocked
/// for `window`, good tokens included, because letting those pass would tell a hit from a miss.
/// IPv6 counts by /64, which is what one customer gets. [any thread]
class FailedAttempts {
 public:
  static constexpr int limit = 10;
  static constexpr std::chrono::minutes window{15};
  static constexpr std::size_t max_addresses = 10'000;  // then the oldest are forgotten

  explicit FailedAttempts(const Clock& clock) : clock_(clock) {}

  /// How long that address has to wait; 0 = not blocked. Takes no lock while nobody is blocked.
  std::chrono::seconds blocked_for(std::string_view address);
  void failed(std::string_view address);
  void succeeded(std::string_view address);

 private:
  struct Record {
    int failures = 0;
    UnixMillis since = 0;
  };

  void forget_old();

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Record> records_;
  std::atomic<std::size_t> count_{0};
};

/// The unit an address is counted by: itself, or the /64 of an IPv6 address.
std::string attempt_key(std::string_view address);

}  // namespace commsd::mcp
