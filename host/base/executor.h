#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace commsd {

/// Where code runs: an event loop, a database strand, a worker lane, or the simulator.
///
/// The problem it solves: request code is coroutines that wait for other threads (a database, a
/// vendor). If a coroutine resumed wherever its answer happened to arrive, every object it touches
/// would need a lock. So each wait remembers the executor it was suspended on and resumes there;
/// what belongs to one executor is touched by one thread only.
class Executor {
 public:
  using Job = std::function<void()>;
  using TimerId = std::uint64_t;  // 0 is never a timer

  virtual ~Executor() = default;

  /// [any thread] Runs `job` on this executor, after what was posted before. A job posted after
  /// the executor stopped is destroyed unrun.
  virtual void post(Job job) = 0;

  /// [this executor's thread] Runs `job` once after `delay` (monotonic clock).
  virtual TimerId start_timer(std::chrono::nanoseconds delay, Job job) = 0;

  /// [this executor's thread] False when the timer has fired or never was.
  virtual bool cancel_timer(TimerId timer) = 0;

  /// The executor whose job the calling thread is running; null outside of one.
  static Executor* current() { return current_; }

 protected:
  /// Implementations hold one of these while they run jobs.
  class Running {
   public:
    explicit Running(Executor* executor) : previous_(current_) { current_ = executor; }
    ~Running() { current_ = previous_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    Executor* previous_;
  };

 private:
  static inline thread_local Executor* current_ = nullptr;
};

}  // namespace commsd
