#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace commsd::plugin {

/// The threads of one instance whose operations block: a slow vendor library then holds up its own
/// calls and nobody else's. Threads are started when they are first needed. [any thread]
class BlockingLane {
 public:
  using Job = std::function<void()>;

  explicit BlockingLane(std::size_t threads, std::size_t max_queued = 1024);
  /// Waits for what runs and was queued. Not on one of the lane's own threads.
  ~BlockingLane();
  BlockingLane(const BlockingLane&) = delete;
  BlockingLane& operator=(const BlockingLane&) = delete;

  /// False when the queue is full: the job was not taken.
  bool post(Job job);

 private:
  void work();

  const std::size_t max_threads_;
  const std::size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace commsd::plugin
