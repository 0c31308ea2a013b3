#include "messaging/circuit_breaker.h"

#include <algorithm>

namespace commsd::messaging {

namespace {

constexpr UnixMillis longest_probe = 60'000;
constexpr std::size_t most_remembered = 1024;  // bounds memory at any rate

}  // namespace

bool CircuitBreaker::allow(std::string_view provider, std::string_view channel) {
  const std::lock_guard lock(mutex_);
  Circuit& circuit = circuits_[{std::string(provider), std::string(channel)}];
  if (!circuit.open) return true;
  // A probe that never reports (its message could not be saved) must not hold the circuit open.
  const UnixMillis now = clock_.now();
  if (now < circuit.retry_at || now < circuit.probe_until) return false;
  circuit.probe_until = now + longest_probe;
  return true;
}

void CircuitBreaker::report(std::string_view provider, std::string_view channel, bool healthy) {
  const std::lock_guard lock(mutex_);
  const UnixMillis now = clock_.now();
  Circuit& circuit = circuits_[{std::string(provider), std::string(channel)}];
  if (circuit.open) {
    circuit.probe_until = 0;
    if (healthy) {
      circuit = Circuit{};
    } else {
      circuit.wait = std::min<UnixMillis>(circuit.wait * 2, settings_.longest_wait.count());
      circuit.retry_at = now + circuit.wait;
    }
    return;
  }
  circuit.recent.emplace_back(now, healthy);
  while (circuit.recent.size() > most_remembered ||
         circuit.recent.front().first < now - settings_.window.count()) {
    circuit.recent.pop_front();
  }
  const auto failures = std::count_if(circuit.recent.begin(), circuit.recent.end(),
                                      [](const auto& entry) { return !entry.second; });
  if (failures < settings_.failures) return;
  if (static_cast<std::size_t>(failures) * 2 < circuit.recent.size()) return;
  circuit.open = true;
  circuit.wait = settings_.first_wait.count();
  circuit.retry_at = now + circuit.wait;
  circuit.recent.clear();
}

std::vector<CircuitBreaker::State> CircuitBreaker::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<State> states;
  for (const auto& [key, circuit] : circuits_) {
    const bool due = circuit.open && clock_.now() >= circuit.retry_at;
    states.push_back({key.first, key.second,
                      !circuit.open ? "closed" : (due ? "half_open" : "open"), circuit.retry_at});
  }
  return states;
}

}  // namespace commsd::messaging
