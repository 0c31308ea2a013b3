#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mcp/session.h"

namespace commsd::mcp {

/// The sessions this process knows, in shards so that no lock is shared by all requests.
/// [any thread]
class SessionTable {
 public:
  static constexpr std::size_t shards = 16;
  static constexpr std::size_t max_per_shard = 8'000;  // then idle ones are forgotten early
  static constexpr std::size_t max_ended_per_shard = 4'000;
  static constexpr UnixMillis idle_limit = 10 * 60 * 1000;

  /// `resumable`: streams of the sessions can be resumed (see SessionStreams).
  SessionTable(const Clock& clock, Random& random, bool resumable)
      : clock_(clock), random_(random), resumable_(resumable) {}

  std::shared_ptr<Session> find(std::string_view id);
  /// The session of that id, made if need be; null when it was ended here.
  std::shared_ptr<Session> adopt(std::string id, std::string principal_key, std::string version,
                                 ClientCapabilities capabilities);
  /// Forgets it, and remembers that it was ended: adopt() refuses it from now on.
  void end(std::string_view id);
  /// Forgets it.
  void remove(std::string_view id);

  std::size_t size() const;
  std::vector<std::shared_ptr<Session>> all() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<Session>, Hash, std::equal_to<>> sessions;
    std::unordered_map<std::string, bool, Hash, std::equal_to<>> ended;
    std::deque<std::string> ended_order;
    UnixMillis swept_at = 0;
  };

  Shard& shard_of(std::string_view id);
  void sweep(Shard& shard, UnixMillis now);

  std::string make_epoch();

  const Clock& clock_;
  Random& random_;
  const bool resumable_;
  std::array<Shard, shards> shards_;
};

}  // namespace commsd::mcp
