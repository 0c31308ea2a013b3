#include "base/task.h"

#include <memory>

#include "base/completion.h"

namespace commsd {

namespace {

/// The frame that owns a spawned task; it destroys itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Detached run_detached(Task<void> task) {
  co_await std::move(task);
}

}  // namespace

void spawn(Executor& executor, Task<void> task) {
  // Owned by the job until it runs, so that an executor that stops first frees the frame.
  struct Frame {
    std::coroutine_handle<> handle;
    ~Frame() {
      if (handle) handle.destroy();
    }
  };
  auto frame = std::make_shared<Frame>();
  frame->handle = run_detached(std::move(task)).handle;
  executor.post([frame] { std::exchange(frame->handle, nullptr).resume(); });
}

Task<void> sleep_for(std::chrono::nanoseconds delay) {
  Completion<bool> woken;
  Executor::current()->start_timer(delay, [woken] { woken.complete(true); });
  co_await woken;
}

Task<void> resume_on(Executor& executor) {
  if (Executor::current() == &executor) co_return;
  struct Hop {
    Executor& target;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const {
      target.post([waiting] { waiting.resume(); });
    }
    void await_resume() const noexcept {}
  };
  co_await Hop{executor};
}

}  // namespace commsd
