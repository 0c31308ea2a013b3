#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "net/event_loop.h"

namespace commsd::net {

/// The process's loops and their threads: one per core for requests, and one for voice sockets, so
/// that 20 ms audio frames never wait behind a broadcast to ten thousand streams.
class EventLoops {
 public:
  /// `count` 0 means one per core. The threads start here. SIGPIPE is set to be ignored, because
  /// OpenSSL writes without MSG_NOSIGNAL.
  explicit EventLoops(std::size_t count = 0);
  ~EventLoops();  // stop()
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  std::size_t size() const { return loops_.size() - 1; }
  EventLoop& at(std::size_t index) { return *loops_[index]; }
  EventLoop& next();  // [any thread] in turn
  EventLoop& voice() { return *loops_.back(); }

  /// Stops and joins all. Drain servers first: what is suspended on a loop never resumes.
  void stop();

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;  // the last one is for voice
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace commsd::net
