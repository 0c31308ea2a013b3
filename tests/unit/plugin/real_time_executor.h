#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/executor.h"
#include "base/task.h"

namespace commsd::plugin::testing {

/// Runs jobs on the calling thread in real time. ManualExecutor moves its clock when other threads
/// are quiet for a moment, which would fire the time limit of an op whose peer is merely slow.
class RealTimeExecutor final : public Executor {
 public:
  void post(Job job) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }
  TimerId start_timer(std::chrono::nanoseconds delay, Job job) override {
    timers_.emplace(std::make_pair(Clock::now() + delay, ++last_timer_), std::move(job));
    return last_timer_;
  }
  bool cancel_timer(TimerId timer) override {
    return std::erase_if(timers_,
                         [timer](const auto& entry) { return entry.first.second == timer; }) > 0;
  }

  template <typename T>
  T run(Task<T> task) {
    std::optional<T> result;
    spawn(*this, store(std::move(task), result));
    const auto give_up = Clock::now() + std::chrono::seconds(60);
    while (!result) {
      if (Clock::now() > give_up) {
        std::fprintf(stderr, "the task did not finish\n");
        std::abort();
      }
      step(true);
    }
    return std::move(*result);
  }
  /// Runs what is posted or due now.
  void run_ready() {
    while (step(false)) {
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  template <typename T>
  static Task<void> store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  bool step(bool wait) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (jobs_.empty() && !timers_.empty() && timers_.begin()->first.first <= Clock::now()) {
        jobs_.push_back(std::move(timers_.begin()->second));
        timers_.erase(timers_.begin());
      }
      if (jobs_.empty()) {
        const auto until = timers_.empty() ? Clock::now() + std::chrono::milliseconds(100)
                                           : timers_.begin()->first.first;
        if (wait) changed_.wait_until(lock, until);
        return false;
      }
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const Running running(this);
    job();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::map<std::pair<Clock::time_point, TimerId>, Job> timers_;
  TimerId last_timer_ = 0;
};

}  // namespace commsd::plugin::testing
