#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace commsd {

/// Milliseconds since 1970-01-01T00:00:00Z: the only form in which moments are stored or sent.
using UnixMillis = std::int64_t;

/// The wall clock, injected so that pipelines run under a simulator and tests can jump it.
/// Durations inside the process use Executor timers (monotonic), never differences of this.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis now() const = 0;  // [any thread]
};

class SystemClock final : public Clock {
 public:
  UnixMillis now() const override;
};

/// A clock that stands still until told otherwise. [any thread]
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start) : now_(start) {}
  UnixMillis now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }
  void set(UnixMillis now) { now_ = now; }

 private:
  std::atomic<UnixMillis> now_;
};

}  // namespace commsd
