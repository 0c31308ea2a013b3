#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/executor.h"

namespace commsd {

/// A value that some other thread will deliver, awaited by one coroutine.
///
///     Completion<Result<Rows>> done;
///     strand.post([done, query] { done.complete(run(query)); });
///     Result<Rows> rows = co_await done;
///
/// Copies share one state, so callbacks capture it by value and may outlive the waiter. The first
/// complete() wins and later ones are ignored: a time-out and an answer may race. The waiter
/// resumes on the executor it was suspended on.
template <typename T>
class Completion {
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
    bool completed = false;
  };

 public:
  Completion() : state_(std::make_shared<State>()) {}

  /// [any thread] False when a value was delivered before.
  bool complete(T value) const {
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->completed) return false;
      state_->completed = true;
      state_->value.emplace(std::move(value));
      waiter = std::exchange(state_->waiter, nullptr);
      executor = state_->executor;
    }
    if (waiter) executor->post([waiter] { waiter.resume(); });
    return true;
  }

  /// [any thread] True once a value was delivered, whether or not it was taken.
  bool completed() const {
    const std::lock_guard lock(state_->mutex);
    return state_->completed;
  }

  auto operator co_await() const noexcept {
    struct Awaiter {
      std::shared_ptr<State> state;
      bool await_ready() const {
        const std::lock_guard lock(state->mutex);
        return state->completed;
      }
      bool await_suspend(std::coroutine_handle<> waiting) const {
        const std::lock_guard lock(state->mutex);
        if (state->completed) return false;
        state->waiter = waiting;
        state->executor = Executor::current();
        return true;
      }
      T await_resume() const {
        const std::lock_guard lock(state->mutex);
        return std::move(*state->value);
      }
    };
    return Awaiter{state_};
  }

 private:
  std::shared_ptr<State> state_;
};

/// A time limit on a Completion: delivers `late` after `delay` unless answered before. The timer is
/// cancelled when this object goes out of scope, so keep it beside the co_await. Use on one
/// executor's thread.
template <typename T>
class Deadline {
 public:
  Deadline(const Completion<T>& completion, std::chrono::nanoseconds delay, T late)
      : executor_(Executor::current()),
        timer_(executor_->start_timer(
            delay, [completion, late = std::move(late)] { completion.complete(late); })) {}
  ~Deadline() { executor_->cancel_timer(timer_); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  Executor* executor_;
  Executor::TimerId timer_;
};

}  // namespace commsd
