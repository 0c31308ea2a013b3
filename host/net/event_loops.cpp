#include "net/event_loops.h"

#include <algorithm>
#include <pthread.h>
#include <signal.h>
#include <string>

namespace commsd::net {

EventLoops::EventLoops(std::size_t count) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i)
    loops_.push_back(std::make_unique<EventLoop>("loop-" + std::to_string(i)));
  loops_.push_back(std::make_unique<EventLoop>("loop-voice"));
  for (const std::unique_ptr<EventLoop>& loop : loops_) {
    threads_.emplace_back([&loop = *loop] { loop.run(); });
    pthread_setname_np(threads_.back().native_handle(), loop->name().c_str());
  }
}

EventLoops::~EventLoops() {
  stop();
}

EventLoop& EventLoops::next() {
  return *loops_[turn_.fetch_add(1, std::memory_order_relaxed) % size()];
}

void EventLoops::stop() {
  for (const std::unique_ptr<EventLoop>& loop : loops_) loop->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace commsd::net
