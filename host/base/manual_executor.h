#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "base/executor.h"
#include "base/task.h"

namespace commsd {

/// An executor that runs only when told, with a clock of its own: the bed of unit tests and of the
/// seeded simulator. Jobs run in order of time, then of posting.
class ManualExecutor final : public Executor {
 public:
  void post(Job job) override;
  TimerId start_timer(std::chrono::nanoseconds delay, Job job) override;
  bool cancel_timer(TimerId timer) override;

  /// Runs what was posted, and what that posts, until nothing is due now.
  void run_ready();
  /// Moves the clock forward to each timer in turn and runs what becomes due.
  void advance(std::chrono::nanoseconds by);
  /// Time since construction, as far as advance() has moved it.
  std::chrono::nanoseconds elapsed() const { return elapsed_; }

  /// While one lives, another thread is at work for a task here, and run() waits for it instead of
  /// moving the clock: a slow disk must not let deadlines pass. [the thread that runs]
  class Outside {
   public:
    explicit Outside(ManualExecutor& executor) : executor_(executor) { ++executor_.outside_; }
    ~Outside() { --executor_.outside_; }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

   private:
    ManualExecutor& executor_;
  };

  /// Runs `task` to its end. Waits (really, at most `limit`) for other threads to post when the
  /// task awaits one; advances the clock when only timers are left, which without an Outside is
  /// when nobody has posted for 20 ms. Ends the process with a message if the task does not finish,
  /// because a hung test tells nothing.
  template <typename T>
  T run(Task<T> task, std::chrono::seconds limit = std::chrono::seconds(30)) {
    std::optional<T> result;
    spawn(*this, store(std::move(task), result));
    run_until([&result] { return result.has_value(); }, limit);
    return std::move(*result);
  }
  void run(Task<void> task, std::chrono::seconds limit = std::chrono::seconds(30)) {
    bool done = false;
    spawn(*this, mark(std::move(task), done));
    run_until([&done] { return done; }, limit);
  }

 private:
  template <typename T>
  static Task<void> store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  static Task<void> mark(Task<void> task, bool& done) {
    co_await std::move(task);
    done = true;
  }
  void run_until(const std::function<bool()>& done, std::chrono::seconds limit);
  bool fire_next_timer(std::chrono::nanoseconds until);

  std::mutex mutex_;  // post() comes from any thread
  std::condition_variable posted_;
  std::deque<Job> jobs_;
  std::map<std::pair<std::chrono::nanoseconds, TimerId>, Job> timers_;
  std::map<TimerId, std::chrono::nanoseconds> due_;
  TimerId last_timer_ = 0;
  int outside_ = 0;
  std::chrono::nanoseconds elapsed_{0};
};

}  // namespace commsd
