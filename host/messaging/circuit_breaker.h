#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace commsd::messaging {

/// Stops asking a provider that keeps failing, one circuit per provider and channel.
///
/// Opens at 5 failures or more that are at least half of the last 30 s; lets one probe through
/// after 15 s, doubling up to 5 min while probes fail; closes on the first success. Only faults of
/// the provider count (unreachable, unauthenticated, no answer), never a refused message. An open
/// circuit is a reason to use the fallback or to wait: it never fails a message by itself.
/// [any thread]
class CircuitBreaker {
 public:
  explicit CircuitBreaker(const Clock& clock) : clock_(clock) {}

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
    std::deque<std::pair<UnixMillis, bool>> recent;  // (when, healthy), 30 s back
    bool open = false;
    UnixMillis probe_until = 0;
    UnixMillis retry_at = 0;
    UnixMillis wait = 0;
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Circuit> circuits_;
};

}  // namespace commsd::messaging
