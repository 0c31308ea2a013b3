#include "mcp/failed_attempts.h"

#include <algorithm>
#include <arpa/inet.h>

namespace commsd::mcp {

namespace {

constexpr UnixMillis window_millis = std::chrono::milliseconds(FailedAttempts::window).count();

}  // namespace

std::string attempt_key(std::string_view address) {
  in6_addr parsed{};
  std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return text;
  return std::string(reinterpret_cast<const char*>(&parsed), 8);
}

std::chrono::seconds FailedAttempts::blocked_for(std::string_view address) {
  if (count_.load(std::memory_order_relaxed) == 0) return std::chrono::seconds(0);
  const std::string key = attempt_key(address);
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(key);
  if (found == records_.end()) return std::chrono::seconds(0);
  const UnixMillis left = found->second.since + window_millis - clock_.now();
  if (left <= 0) {
    records_.erase(found);
    count_.store(records_.size(), std::memory_order_relaxed);
    return std::chrono::seconds(0);
  }
  if (found->second.failures < limit) return std::chrono::seconds(0);
  return std::chrono::seconds((left + 999) / 1000);
}

void FailedAttempts::failed(std::string_view address) {
  std::string key = attempt_key(address);
  const UnixMillis now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (records_.size() >= max_addresses) forget_old();
  Record& record = records_[std::move(key)];
  if (record.failures == 0 || now - record.since >= window_millis) record = {0, now};
  // The time of a block runs from the attempt that caused it.
  if (++record.failures == limit) record.since = now;
  count_.store(records_.size(), std::memory_order_relaxed);
}

void FailedAttempts::succeeded(std::string_view address) {
  if (count_.load(std::memory_order_relaxed) == 0) return;
  const std::string key = attempt_key(address);
  const std::lock_guard lock(mutex_);
  records_.erase(key);
  count_.store(records_.size(), std::memory_order_relaxed);
}

void FailedAttempts::forget_old() {
  const UnixMillis now = clock_.now();
  std::erase_if(records_,
                [&](const auto& item) { return now - item.second.since >= window_millis; });
  if (records_.size() < max_addresses) return;
  const auto oldest = std::min_element(
      records_.begin(), records_.end(),
      [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
  records_.erase(oldest);
}

}  // namespace commsd::mcp
