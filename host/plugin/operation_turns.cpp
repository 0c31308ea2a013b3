#include "plugin/operation_turns.h"

namespace commsd::plugin {

bool OperationTurns::try_take() {
  const std::lock_guard lock(mutex_);
  if (taken_ >= most_) return false;
  ++taken_;
  return true;
}

std::optional<Completion<OperationTurns::Turn>> OperationTurns::wait() {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= most_waiting_) {
    // Those who gave up stand here until their turn comes; they are not in the way of others.
    std::erase_if(waiting_, [](const auto& one) { return one.completed(); });
    if (waiting_.size() >= most_waiting_) return std::nullopt;
  }
  if (taken_ < most_) {  // somebody gave back since try_take()
    ++taken_;
    const Completion<Turn> at_once;
    at_once.complete(Turn::ours);
    return at_once;
  }
  return waiting_.emplace_back();
}

void OperationTurns::give_back() {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) {
    const Completion<Turn> next = waiting_.front();
    waiting_.pop_front();
    if (next.complete(Turn::ours)) return;  // the turn goes from hand to hand
  }
  --taken_;
}

std::size_t OperationTurns::under_way() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace commsd::plugin
