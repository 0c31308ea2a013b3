#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "base/task.h"

namespace commsd {

/// Runs `task` on `executor` from its first line until its frame is gone, and continues the caller
/// where it was, whatever came of it: for work that is long to do, and whose arguments are long to
/// free, on a thread that nobody else waits for. Whichever of the two executors stops meanwhile,
/// the caller is not resumed.
template <typename T>
Task<T> run_on(Executor& executor, Task<T> task) {
  Executor& home = *Executor::current();
  std::optional<T> value;
  std::exception_ptr thrown;
  Task<void> going = resume_on(executor);
  co_await std::move(going);
  try {
    Task<T> inner = std::move(task);
    value.emplace(co_await std::move(inner));
  } catch (...) {
    thrown = std::current_exception();
  }
  Task<void> returning = resume_on(home);
  co_await std::move(returning);
  if (thrown) std::rethrow_exception(thrown);
  co_return std::move(*value);
}

}  // namespace commsd
