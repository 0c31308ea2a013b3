#include "plugin/blocking_lane.h"

#include <algorithm>
#include <utility>

namespace commsd::plugin {

BlockingLane::BlockingLane(std::size_t threads, std::size_t max_queued)
    : max_threads_(std::max<std::size_t>(threads, 1)), max_queued_(max_queued) {}

BlockingLane::~BlockingLane() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BlockingLane::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || jobs_.size() >= max_queued_) return false;
    jobs_.push_back(std::move(job));
    if (jobs_.size() > idle_ && threads_.size() < max_threads_) {
      threads_.emplace_back([this] { work(); });
    }
  }
  wake_.notify_one();
  return true;
}

void BlockingLane::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;  // closing, and nothing left
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds may be the last reference to the instance
    lock.lock();
  }
}

}  // namespace commsd::plugin
