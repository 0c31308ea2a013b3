#include "mcp/notification_hub.h"

#include <utility>

namespace commsd::mcp {

NotificationHub::Subscription::Subscription(Subscription&& other) noexcept
    : hub_(std::exchange(other.hub_, nullptr)), key_(std::move(other.key_)), id_(other.id_) {}

NotificationHub::Subscription& NotificationHub::Subscription::operator=(
    Subscription&& other) noexcept {
  if (this != &other) {
    end();
    hub_ = std::exchange(other.hub_, nullptr);
    key_ = std::move(other.key_);
    id_ = other.id_;
  }
  return *this;
}

void NotificationHub::Subscription::end() {
  NotificationHub* const hub = std::exchange(hub_, nullptr);
  if (!hub) return;
  const std::lock_guard lock(hub->mutex_);
  const auto found = hub->listeners_.find(key_);
  if (found == hub->listeners_.end()) return;
  found->second.erase(id_);
  if (found->second.empty()) hub->listeners_.erase(found);
}

NotificationHub::Subscription NotificationHub::subscribe(const identity::Principal& principal,
                                                         Deliver deliver) {
  std::string key = principal.key();
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_id_;
  listeners_[key].emplace(id, std::make_shared<const Deliver>(std::move(deliver)));
  return {this, std::move(key), id};
}

void NotificationHub::publish(const Change& change) {
  using identity::Principal;
  using identity::Role;
  std::vector<std::shared_ptr<const Deliver>> found;
  {
    const std::lock_guard lock(mutex_);
    if (change.org_id.empty()) {
      for (const auto& [key, unused] : listeners_) collect(key, found);
    } else {
      collect(Principal{Role::orchestrator, {}, {}, {}}.key(), found);
      collect(Principal{Role::organization, {}, change.org_id, {}}.key(), found);
      if (!change.agent_id.empty()) {
        collect(Principal{Role::agent, {}, change.org_id, change.agent_id}.key(), found);
      }
    }
  }
  for (const auto& deliver : found) (*deliver)(change);
}

bool NotificationHub::idle() const {
  const std::lock_guard lock(mutex_);
  return listeners_.empty();
}

std::size_t NotificationHub::subscribers() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [key, listeners] : listeners_) count += listeners.size();
  return count;
}

void NotificationHub::collect(std::string_view key,
                              std::vector<std::shared_ptr<const Deliver>>& found) const {
  const auto listeners = listeners_.find(std::string(key));
  if (listeners == listeners_.end()) return;
  for (const auto& [id, deliver] : listeners->second) found.push_back(deliver);
}

}  // namespace commsd::mcp
