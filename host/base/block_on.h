#pragma once

#include <future>
#include <utility>

#include "base/task.h"

namespace commsd {

namespace detail {

template <typename T>
Task<void> deliver(Task<T> task, std::promise<T>& promise) {
  T value = co_await std::move(task);
  promise.set_value(std::move(value));
}

}  // namespace detail

/// Runs `task` on `executor` and blocks the calling thread until it has ended: for start-up and
/// shutdown, where there is nothing else to do. Never from a thread that an executor runs on.
template <typename T>
T block_on(Executor& executor, Task<T> task) {
  std::promise<T> promise;
  std::future<T> future = promise.get_future();
  spawn(executor, detail::deliver(std::move(task), promise));
  return future.get();
}

inline void block_on(Executor& executor, Task<void> task) {
  const auto run = [](Task<void> inner) -> Task<bool> {
    co_await std::move(inner);
    co_return true;
  };
  block_on(executor, run(std::move(task)));
}

}  // namespace commsd
