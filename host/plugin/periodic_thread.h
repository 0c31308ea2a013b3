#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace commsd::plugin {

/// Does something again and again on a thread of its own, for what may wait for no other thread.
class PeriodicThread {
 public:
  PeriodicThread(std::chrono::milliseconds every, std::function<void()> job)
      : thread_([this, every, job = std::move(job)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, every, [] { return false; })) {
            if (stop.stop_requested()) return;
            job();
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last, so that it ends first
};

}  // namespace commsd::plugin
