#include "messaging/in_flight.h"

#include <utility>

namespace commsd::messaging {

bool InFlight::enter(const std::string& message_id) {
  const std::lock_guard lock(mutex_);
  return waiting_.try_emplace(message_id).second;
}

void InFlight::leave(const store::Message& message) {
  std::vector<Left> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = waiting_.find(message.id);
    if (entry == waiting_.end()) return;
    waiting = std::move(entry->second);
    waiting_.erase(entry);
  }
  for (const Left& left : waiting) left.complete(message);
}

void InFlight::forget(const std::string& message_id) {
  std::vector<Left> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = waiting_.find(message_id);
    if (entry == waiting_.end()) return;
    waiting = std::move(entry->second);
    waiting_.erase(entry);
  }
  for (const Left& left : waiting) left.complete(std::nullopt);
}

Task<std::optional<store::Message>> InFlight::wait(std::string message_id,
                                                   std::chrono::milliseconds limit) {
  Left left;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = waiting_.find(message_id);
    if (entry == waiting_.end()) co_return std::nullopt;
    entry->second.push_back(left);
  }
  const Deadline<std::optional<store::Message>> deadline(left, limit, std::nullopt);
  co_return co_await left;
}

std::size_t InFlight::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace commsd::messaging
