#include "base/manual_executor.h"

#include <cstdio>
#include <cstdlib>

namespace commsd {

void ManualExecutor::post(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  posted_.notify_one();  // under the lock: what waits may be gone once it is let go
}

Executor::TimerId ManualExecutor::start_timer(std::chrono::nanoseconds delay, Job job) {
  const std::chrono::nanoseconds when = elapsed_ + delay;
  const TimerId timer = ++last_timer_;
  timers_.emplace(std::pair(when, timer), std::move(job));
  due_.emplace(timer, when);
  return timer;
}

bool ManualExecutor::cancel_timer(TimerId timer) {
  const auto found = due_.find(timer);
  if (found == due_.end()) return false;
  timers_.erase({found->second, timer});
  due_.erase(found);
  return true;
}

void ManualExecutor::run_ready() {
  const Running running(this);
  while (true) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job) {
      job();
    } else if (!fire_next_timer(elapsed_)) {
      return;
    }
  }
}

void ManualExecutor::advance(std::chrono::nanoseconds by) {
  const std::chrono::nanoseconds target = elapsed_ + by;
  run_ready();
  while (fire_next_timer(target)) run_ready();
  elapsed_ = target;
}

bool ManualExecutor::fire_next_timer(std::chrono::nanoseconds until) {
  const auto next = timers_.begin();
  if (next == timers_.end() || next->first.first > until) return false;
  const Running running(this);
  elapsed_ = std::max(elapsed_, next->first.first);
  due_.erase(next->first.second);
  const Job job = std::move(next->second);
  timers_.erase(next);
  job();
  return true;
}

void ManualExecutor::run_until(const std::function<bool()>& done, std::chrono::seconds limit) {
  // Others get a moment to answer before time is moved for the sake of a timer.
  constexpr std::chrono::milliseconds moment{20};
  const auto give_up = std::chrono::steady_clock::now() + limit;
  auto quiet_since = std::chrono::steady_clock::now();
  while (true) {
    bool idle = false;
    {
      const std::lock_guard lock(mutex_);
      idle = jobs_.empty();
    }
    run_ready();
    if (done()) return;
    const auto now = std::chrono::steady_clock::now();
    if (!idle || outside_ > 0) quiet_since = now;
    if (now > give_up) {
      std::fprintf(stderr, "commsd: ManualExecutor::run: the task did not finish\n");
      std::abort();
    }
    if (now - quiet_since > moment && !timers_.empty()) {
      fire_next_timer(std::chrono::nanoseconds::max());
      quiet_since = now;
      continue;
    }
    std::unique_lock lock(mutex_);
    posted_.wait_for(lock, moment + std::chrono::milliseconds(1),
                     [this] { return !jobs_.empty(); });
  }
}

}  // namespace commsd
