#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace commsd::plugin {

/// Destroys instances on a thread of its own. The last operation of a generation drops the last
/// reference to it, and that happens on an event loop, where a plugin's destroy() may not run.
class Reaper {
 public:
  using Job = std::function<void()>;

  Reaper();
  /// Waits a few seconds for what is queued; a plugin that hangs in destroy() is left behind.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  /// [any thread] Never waits.
  void post(Job job) const;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> jobs;
    bool closing = false;
    bool ended = false;
  };
  static void work(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace commsd::plugin
