#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace commsd::plugin {

/// Destroys instances on a thread of its own. The last operation of a generation drops the last
/// reference to it, and that happens on an event loop, where a plugin's destroy() may not run.
class Reaper {
  struct State;

 public:
  using Job = std::function<void()>;

  /// What a generation keeps: it may outlive the reaper, when somebody still holds a provider at
  /// shutdown.
  class Post {
   public:
    /// [any thread] Never waits. After the reaper has ended the job runs on the calling thread.
    void operator()(Job job) const;

   private:
    friend Reaper;
    explicit Post(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  Reaper();
  /// Waits a few seconds for what is queued; a plugin that hangs in destroy() is left behind.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  Post post() const { return Post(state_); }

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
