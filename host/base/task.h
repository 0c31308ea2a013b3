#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/executor.h"

namespace commsd {

/// A coroutine that yields one T. Lazy: it runs when awaited, on the awaiting executor.
///
///     Task<Result<Receipt>> send(Message message) {
///       Result<void> stored = co_await store_.accept(message);
///       if (!stored) co_return fail(stored.error());
///       co_return co_await provider_.send(std::move(message));
///     }
///
/// Why not futures: a chain of `.then` loses the order of the text and every early return; a
/// blocking future holds a thread for as long as a vendor takes.
///
/// A Task owns its frame; destroying a Task that is suspended destroys its locals. Awaiting twice
/// is a programming error. GCC 12 miscompiles `co_await` inside `?:` and braced temporaries with
/// destructors in the awaited call's arguments: name them first.
template <typename T = void>
class Task;

namespace detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
    return done.promise().continuation_;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation_ = std::noop_coroutine();
  std::exception_ptr exception_;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value_;

  Task<T> get_return_object() noexcept;
  template <typename U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(*value_);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (exception_) std::rethrow_exception(exception_);
  }
};

}  // namespace detail

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      Handle handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) const noexcept {
        handle.promise().continuation_ = waiting;
        return handle;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    return Awaiter{handle_};
  }

 private:
  friend promise_type;
  explicit Task(Handle handle) noexcept : handle_(handle) {}

  Handle handle_;
};

template <typename T>
Task<T> detail::Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> detail::Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

/// [any thread] Starts `task` on `executor` and lets it run to its end with nobody waiting. What
/// the task refers to must outlive it: hold a Gate for that. An exception that leaves the task
/// ends the process, as one that leaves a thread does.
void spawn(Executor& executor, Task<void> task);

/// Suspends the calling coroutine for `delay` on the current executor.
Task<void> sleep_for(std::chrono::nanoseconds delay);

/// Continues the calling coroutine on `executor`; a no-op when it is there already.
Task<void> resume_on(Executor& executor);

}  // namespace commsd
