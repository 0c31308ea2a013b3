#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace commsd::messaging {

struct BreakerSettings {
  std::int64_t failures = 5;  // that many, and half of all, in the window open it
  std::chrono::milliseconds window{30'000};
  std::chrono::milliseconds first_wait{15'000};  // until the first probe; doubles
  std::chrono::milliseconds longest_wait{300'000};
};

/// Stops asking a provider that keeps failing, one circuit per provider and channel.
///
/// Opens when there were enough failures and they are at least half of what was tried lately; lets
/// one probe through after a wait that doubles while probes fail; closes on the first success. Only
/// faults of the provider count (unreachable, unauthenticated, no answer), never a refused message.
/// An open circuit is a reason to use the fallback or to wait: it never fails a message by itself.
/// [any thread]
class CircuitBreaker {
 public:
  explicit CircuitBreaker(const Clock& clock, BreakerSettings settings = BreakerSettings())
      : clock_(clock), settings_(settings) {}

  /// Whether a request may go out now. True takes the probe of a half-open circuit: report() it.
  bool allow(std::string_view provider, std::string_view channel);
  void report(std::string_view provider, std::string_view channel, bool healthy);

  struct State {
    std::string provider;
    std::string channel;
    std::string state;  // closed | open | half_open
    UnixMillis retry_at = 0;
  };
  std::vector<State> states() const;

 private:
  struct Circuit {
    std::deque<std::pair<UnixMillis, bool>> recent;  // (when, healthy), one window back
    bool open = false;
    UnixMillis probe_until = 0;
    UnixMillis retry_at = 0;
    UnixMillis wait = 0;
  };

  const Clock& clock_;
  const BreakerSettings settings_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Circuit> circuits_;
};

}  // namespace commsd::messaging
