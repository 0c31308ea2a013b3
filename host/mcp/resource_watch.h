#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/notification_hub.h"
#include "mcp/resource_registry.h"

namespace commsd::mcp {

/// A resource that a client of this process asked to hear of.
struct WatchedResource {
  identity::Principal principal;
  std::string uri;
};

/// Tells the hub of changes to watched resources that nobody in this process made.
///
/// The problem: what happens is told to the process in which it happens, and a client may be
/// connected to another one on the same database. So what is watched is read again from time to
/// time and compared with what it was; the last look is kept as a digest. What this process did
/// itself is told twice by that: once too often is harmless, because a client reads what it is told
/// has changed. [any thread; look() by one caller at a time]
class ResourceWatch {
 public:
  static constexpr std::size_t most_reads = 200;  // in one look; then the next goes on from there

  /// Both outlive this.
  ResourceWatch(NotificationHub& hub, const ResourceRegistry& registry)
      : hub_(hub), registry_(registry) {}

  /// Whether the resource may be watched (ResourceRegistry::readable), and what it is now: changes
  /// count from here.
  Task<Result<void>> begin(identity::Principal principal, std::string uri);

  /// Reads what of `watched` has its turn and publishes what is not as it was. What is not among
  /// `watched` any more is forgotten.
  Task<void> look(std::vector<WatchedResource> watched);

 private:
  struct Seen {
    std::string digest;
    bool fresh = true;  // began since the last look, which may not know of it
  };
  /// Of what it is now; the errors of ResourceRegistry::read().
  Task<Result<std::string>> digest(identity::Principal principal, std::string uri) const;

  NotificationHub& hub_;
  const ResourceRegistry& registry_;
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by the reader and the URI
  std::string last_;                  // the key that was read last
};

}  // namespace commsd::mcp
