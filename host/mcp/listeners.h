#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "identity/principal.h"
#include "mcp/event_sink.h"
#include "mcp/json_rpc.h"
#include "mcp/notification_hub.h"
#include "mcp/resource_watch.h"

namespace commsd::mcp {

/// What a subscriptions/listen request asks for (2026-07-28, basic/patterns/subscriptions).
struct ListenFilter {
  static constexpr std::size_t max_subjects = 1'000;  // resources, and as many tasks
  static constexpr std::size_t max_subject_size = 2'048;

  using Texts = std::set<std::string, std::less<>>;

  bool tools = false;
  bool prompts = false;
  bool resources = false;
  Texts uris;
  Texts task_ids;

  /// -32602 for what is no filter.
  static tl::expected<ListenFilter, RpcError> parse(const RpcMessage& message);
  bool wants(const Change& change) const;
  std::string to_json() const;
};

/// The open subscriptions/listen streams. [any thread]
class Listeners {
 public:
  /// The hub outlives this.
  explicit Listeners(NotificationHub& hub) : hub_(hub) {}

  /// Acknowledges and begins to send. remove() must follow when the connection ends. `granted`: the
  /// part of the filter that is honored.
  std::uint64_t add(std::shared_ptr<EventSink> sink, std::string id_json,
                    const identity::Principal& principal, ListenFilter granted);
  void remove(std::uint64_t id);
  /// Ends every stream with the result that says so; `server_info_json` goes into its _meta.
  void close_all(std::string_view server_info_json);
  std::size_t size() const;
  /// Adds what resources are listened for, once for each listener.
  void collect(std::vector<WatchedResource>& watched) const;

 private:
  struct Listener {
    std::shared_ptr<EventSink> sink;
    std::string id_json;
    std::shared_ptr<std::mutex> order;  // held by whoever sends
    identity::Principal principal;
    ListenFilter::Texts uris;
    NotificationHub::Subscription subscription;
  };

  NotificationHub& hub_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Listener> listeners_;
  std::uint64_t last_id_ = 0;
};

}  // namespace commsd::mcp
