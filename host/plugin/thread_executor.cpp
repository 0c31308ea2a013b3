#include "plugin/thread_executor.h"

namespace commsd::plugin {

ThreadExecutor::ThreadExecutor() : thread_([this] { loop(); }) {}

ThreadExecutor::~ThreadExecutor() {
  stop();
}

void ThreadExecutor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // What the jobs own may post or cancel a timer when it is destroyed: not under the lock.
  std::deque<Job> jobs;
  std::map<std::pair<Moment, TimerId>, Job> timers;
  const std::lock_guard lock(mutex_);
  jobs.swap(jobs_);
  timers.swap(timers_);
  due_.clear();
}

void ThreadExecutor::post(Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  wake_.notify_one();  // under the lock: whoever sees the job run may destroy this at once
}

Executor::TimerId ThreadExecutor::start_timer(std::chrono::nanoseconds delay, Job job) {
  const Moment when = std::chrono::steady_clock::now() +
                      std::chrono::duration_cast<std::chrono::steady_clock::duration>(delay);
  const std::lock_guard lock(mutex_);
  const TimerId timer = ++last_timer_;
  timers_.emplace(std::pair(when, timer), std::move(job));
  due_.emplace(timer, when);
  return timer;
}

bool ThreadExecutor::cancel_timer(TimerId timer) {
  Job dropped;  // destroyed outside the lock: what it holds may call back
  const std::lock_guard lock(mutex_);
  const auto due = due_.find(timer);
  if (due == due_.end()) return false;
  const auto entry = timers_.find({due->second, timer});
  dropped = std::move(entry->second);
  timers_.erase(entry);
  due_.erase(due);
  return true;
}

std::optional<Executor::Job> ThreadExecutor::next() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!jobs_.empty()) {
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      return job;
    }
    if (timers_.empty()) {
      wake_.wait(lock);
    } else if (timers_.begin()->first.first <= std::chrono::steady_clock::now()) {
      const auto first = timers_.begin();
      Job job = std::move(first->second);
      due_.erase(first->first.second);
      timers_.erase(first);
      return job;
    } else {
      wake_.wait_until(lock, Moment(timers_.begin()->first.first));
    }
  }
  return std::nullopt;
}

void ThreadExecutor::loop() {
  const Running running(this);
  while (std::optional<Job> job = next()) (*job)();
}

}  // namespace commsd::plugin
