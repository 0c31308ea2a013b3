#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace commsd::plugin {

/// The values of one provider with their life times: access tokens, seen nonces. In memory only,
/// bounded; when full the value that would expire first goes. [any thread]
class ProviderCache {
 public:
  static constexpr std::size_t max_key = 256;
  static constexpr std::size_t max_value = 64 * 1024;
  static constexpr std::size_t max_bytes = 4 * 1024 * 1024;  // keys and values together

  using Time = std::chrono::steady_clock::time_point;
  using Now = std::function<Time()>;
  explicit ProviderCache(Now now = std::chrono::steady_clock::now) : now_(std::move(now)) {}

  std::optional<std::string> get(std::string_view key);
  /// False when key or value is too large or `life` is not positive.
  bool put(std::string_view key, std::string_view value, std::chrono::milliseconds life);
  enum class Added { yes, present, invalid };
  /// As put, unless the key is there: one atomic step, so of two nonces one is the replay.
  Added add(std::string_view key, std::string_view value, std::chrono::milliseconds life);
  void remove(std::string_view key);

 private:
  struct Entry {
    std::string value;
    std::multimap<Time, std::string>::iterator expiry;
  };
  void erase(std::unordered_map<std::string, Entry>::iterator entry);
  void drop_expired(Time now);
  void insert(std::string_view key, std::string_view value, Time expires);

  Now now_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::multimap<Time, std::string> by_expiry_;
  std::size_t bytes_ = 0;
};

/// One ProviderCache per provider name, kept while the process lives: a token fetched by one
/// generation is found by the next. [any thread]
class ProviderCaches {
 public:
  std::shared_ptr<ProviderCache> of(std::string_view provider);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ProviderCache>, std::less<>> caches_;
};

}  // namespace commsd::plugin
