#include "net/client_limiter.h"

namespace commsd::net {

std::optional<ClientLimiter::Slot> ClientLimiter::acquire(std::string address, bool exempt) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_limit_) return std::nullopt;
  if (!exempt) {
    std::size_t& count = per_address_[address];
    if (count >= per_address_limit_) return std::nullopt;
    ++count;
  }
  ++total_;
  return Slot(shared_from_this(), std::move(address), !exempt);
}

void ClientLimiter::release(const std::string& address, bool counted) {
  const std::lock_guard lock(mutex_);
  --total_;
  if (!counted) return;
  const auto found = per_address_.find(address);
  if (--found->second == 0) per_address_.erase(found);
}

}  // namespace commsd::net
