#include "base/gate.h"

#include <cstdio>
#include <cstdlib>

namespace commsd {

Gate::~Gate() {
  if (inside_ == 0) return;
  std::fprintf(stderr, "commsd: a Gate was destroyed with %zu tasks inside\n", inside_);
  std::abort();
}

std::optional<Gate::Pass> Gate::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) return std::nullopt;
  ++inside_;
  return Pass(this);
}

Task<void> Gate::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (inside_ == 0) co_return;
  }
  co_await empty_;
}

std::size_t Gate::inside() const {
  const std::lock_guard lock(mutex_);
  return inside_;
}

void Gate::leave() {
  // A copy, because the closer may destroy this gate as soon as it wakes.
  const Completion<bool> empty = empty_;
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    --inside_;
    last = closed_ && inside_ == 0;
  }
  if (last) empty.complete(true);
}

namespace {

Task<void> close_and_tell(std::shared_ptr<Gate> gate, Completion<bool> closed) {
  co_await gate->close();
  closed.complete(true);
}

}  // namespace

Task<bool> Gate::close_within(std::shared_ptr<Gate> gate, std::chrono::milliseconds limit) {
  const Completion<bool> closed;
  spawn(*Executor::current(), close_and_tell(std::move(gate), closed));
  const Deadline<bool> deadline(closed, limit, false);
  co_return co_await closed;
}

}  // namespace commsd
