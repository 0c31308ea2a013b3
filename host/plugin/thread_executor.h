#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/executor.h"
#include "base/task.h"

namespace commsd::plugin {

/// An executor with a thread of its own, for work that belongs to no event loop: health checks of
/// new generations, for which a reload waits; webhooks that are long to read.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor();
  ~ThreadExecutor() override;  // stop()
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  /// [any thread but this executor's] Waits for the job that runs. What was not run by then, and
  /// what is posted later, is destroyed unrun; so this may outlive those who still post.
  void stop();

  void post(Job job) override;
  TimerId start_timer(std::chrono::nanoseconds delay, Job job) override;
  bool cancel_timer(TimerId timer) override;

  /// [any thread but this executor's] Runs `task` here and waits for its value.
  template <typename T>
  T run(Task<T> task) {
    auto done = std::make_shared<std::promise<T>>();
    std::future<T> value = done->get_future();
    spawn(*this, deliver(std::move(task), std::move(done)));
    return value.get();
  }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  template <typename T>
  static Task<void> deliver(Task<T> task, std::shared_ptr<std::promise<T>> done) {
    T value = co_await std::move(task);
    done->set_value(std::move(value));
  }
  std::optional<Job> next();
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::map<std::pair<Moment, TimerId>, Job> timers_;
  std::map<TimerId, Moment> due_;
  TimerId last_timer_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace commsd::plugin
