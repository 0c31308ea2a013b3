#include "plugin/services/cache.h"

namespace commsd::plugin {

namespace {

std::size_t cost(std::string_view key, std::string_view value) {
  return key.size() + value.size() + 128;  // and the nodes
}

bool acceptable(std::string_view key, std::string_view value, std::chrono::milliseconds life) {
  return key.size() <= ProviderCache::max_key && value.size() <= ProviderCache::max_value &&
         life.count() > 0;
}

}  // namespace

std::optional<std::string> ProviderCache::get(std::string_view key) {
  const std::lock_guard lock(mutex_);
  drop_expired(now_());
  const auto found = entries_.find(std::string(key));
  if (found == entries_.end()) return std::nullopt;
  return found->second.value;
}

bool ProviderCache::put(std::string_view key, std::string_view value,
                        std::chrono::milliseconds life) {
  if (!acceptable(key, value, life)) return false;
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(std::string(key)); found != entries_.end()) erase(found);
  insert(key, value, now_() + life);
  return true;
}

ProviderCache::Added ProviderCache::add(std::string_view key, std::string_view value,
                                        std::chrono::milliseconds life) {
  if (!acceptable(key, value, life)) return Added::invalid;
  const std::lock_guard lock(mutex_);
  drop_expired(now_());
  if (entries_.contains(std::string(key))) return Added::present;
  insert(key, value, now_() + life);
  return Added::yes;
}

void ProviderCache::remove(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(std::string(key)); found != entries_.end()) erase(found);
}

void ProviderCache::erase(std::unordered_map<std::string, Entry>::iterator entry) {
  bytes_ -= cost(entry->first, entry->second.value);
  by_expiry_.erase(entry->second.expiry);
  entries_.erase(entry);
}

void ProviderCache::drop_expired(Time now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    erase(entries_.find(by_expiry_.begin()->second));
  }
}

void ProviderCache::insert(std::string_view key, std::string_view value, Time expires) {
  while (!by_expiry_.empty() && bytes_ + cost(key, value) > max_bytes) {
    erase(entries_.find(by_expiry_.begin()->second));
  }
  const auto expiry = by_expiry_.emplace(expires, key);
  entries_.emplace(key, Entry{std::string(value), expiry});
  bytes_ += cost(key, value);
}

std::shared_ptr<ProviderCache> ProviderCaches::of(std::string_view provider) {
  const std::lock_guard lock(mutex_);
  const auto found = caches_.find(provider);
  if (found != caches_.end()) return found->second;
  return caches_.emplace(provider, std::make_shared<ProviderCache>()).first->second;
}

}  // namespace commsd::plugin
