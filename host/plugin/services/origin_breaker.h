#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace commsd::plugin {

/// Spares a vendor that cannot be reached, and everybody who would wait for it: after ten failures
/// of the network in a row requests of this instance to that origin fail at once, as unavailable,
/// for a second, then for twice as long each time up to thirty. Between two pauses one request
/// finds out. What the vendor answers, errors included, is for the plugin to judge and ends the
/// pause. The pipelines have breakers of their own, by provider and channel, for what they send;
/// this one is for every request. [any thread]
class OriginBreaker {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// False while the origin of `url` is to be left alone.
  bool admits(std::string_view url, Moment now = std::chrono::steady_clock::now());
  /// What a request that was admitted came to.
  void note(std::string_view url, const net::HttpOutcome& outcome,
            Moment now = std::chrono::steady_clock::now());

 private:
  struct Origin {
    int failures = 0;  // in a row
    std::chrono::milliseconds pause{0};
    Moment until{};
    bool asked = false;  // one that is to find out is under way
  };

  std::mutex mutex_;
  std::map<std::string, Origin, std::less<>> origins_;  // only those that failed last
};

}  // namespace commsd::plugin
