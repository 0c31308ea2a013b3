#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "identity/principal.h"

namespace commsd::mcp {

/// Something clients may have asked to hear of.
struct Change {
  enum class Kind { tools, prompts, resources, resource, task };

  Kind kind = Kind::tools;
  std::string subject;      // resource: its URI; task: its id; else ""
  std::string params_json;  // task: params of notifications/tasks; else ""
  // Whom it concerns. Both empty: everybody. With an agent: that agent, its organization's tokens
  // and the orchestrators. With an organization alone: its tokens and the orchestrators.
  std::string org_id;
  std::string agent_id;
};

/// Carries changes from where they happen to the streams that asked for them, within this process.
/// It keeps nothing: what must not be missed is in the inbox, and a client that was away reads it
/// there. [any thread]
class NotificationHub {
 public:
  /// Called on the publisher's thread, without the hub's lock: hand the change to a stream and
  /// return. May still run once while its Subscription is being destroyed on another thread, so it
  /// holds what it uses by shared or weak pointer.
  using Deliver = std::function<void(const Change&)>;

  /// Ends with its life.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() { end(); }

   private:
    friend NotificationHub;
    Subscription(NotificationHub* hub, std::string key, std::uint64_t id)
        : hub_(hub), key_(std::move(key)), id_(id) {}
    void end();

    NotificationHub* hub_ = nullptr;
    std::string key_;
    std::uint64_t id_ = 0;
  };

  /// Everything the principal may see; the filter for what was asked is the caller's. The hub
  /// outlives the subscription.
  [[nodiscard]] Subscription subscribe(const identity::Principal& principal, Deliver deliver);

  /// Costs as many calls as there are listeners concerned, not as there are listeners.
  void publish(const Change& change);

  std::size_t subscribers() const;
  /// Whether nobody listens; cheaper than asking how many do.
  bool idle() const;

 private:
  using Listeners = std::unordered_map<std::uint64_t, std::shared_ptr<const Deliver>>;

  void collect(std::string_view key, std::vector<std::shared_ptr<const Deliver>>& found) const;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Listeners> listeners_;  // by identity::Principal::key()
  std::uint64_t last_id_ = 0;
};

}  // namespace commsd::mcp
