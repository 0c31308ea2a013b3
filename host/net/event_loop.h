#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "net/event_handler.h"
#include "net/timer_wheel.h"

namespace commsd::net {

/// One thread that waits for many descriptors, timers and posted jobs: level-triggered epoll, an
/// eventfd to be woken by, a timer wheel of one millisecond.
///
/// Why not Poco's SocketReactor or PollSet: on 1.11 poll() cannot be woken, returns at once when
/// the set is empty, and hides EPOLLHUP (docs/decisions/http-front.md).
///
/// Nothing that runs here may block: every connection of the loop waits for it.
class EventLoop final : public Executor {
 public:
  /// Throws std::system_error when the kernel refuses the descriptors.
  explicit EventLoop(std::string name);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// [any thread] Jobs posted while the loop is awake cost no system call.
  void post(Job job) override;
  TimerId start_timer(std::chrono::nanoseconds delay, Job job) override;
  bool cancel_timer(TimerId timer) override;

  /// [loop thread] `handler` must stay alive until remove(). Throws std::system_error when the
  /// kernel refuses. `events` are EPOLL* bits; the set is level-triggered.
  void add(int descriptor, std::uint32_t events, EventHandler& handler);
  void modify(int descriptor, std::uint32_t events);
  /// Before the descriptor is closed. Unknown descriptors are ignored.
  void remove(int descriptor);

  /// Runs on the calling thread until stop().
  void run();
  /// [any thread] What is still posted is destroyed unrun.
  void stop();

  bool in_loop_thread() const { return Executor::current() == this; }
  const std::string& name() const { return name_; }

  /// [loop thread] Milliseconds of the monotonic clock as of this turn: cheap, for deadlines.
  std::int64_t now_ms() const { return now_; }
  /// [loop thread] Arms `node` about `delay` from now, rounded up to a quarter of a second so that
  /// deadlines of thousands of connections share their wake-ups.
  void arm_coarse(TimerNode& node, std::chrono::milliseconds delay);
  void disarm(TimerNode& node) { wheel_.disarm(node); }

 private:
  struct Slot {
    EventHandler* handler = nullptr;
    std::uint32_t generation = 0;
  };
  class JobTimer;

  void wait_and_dispatch();
  int wait_limit();
  void run_jobs();
  void update_now();
  void wake();

  const std::string name_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // guards posted_, sleeping_ and stopped_
  std::vector<Job> posted_;
  bool sleeping_ = false;
  bool stopped_ = false;

  std::vector<Job> running_;  // what follows belongs to the loop thread
  std::size_t next_job_ = 0;
  std::vector<Slot> slots_;  // by descriptor
  TimerWheel wheel_;
  std::unordered_map<TimerId, std::unique_ptr<JobTimer>> timers_;
  TimerId last_timer_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace commsd::net
