#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/session.h"
#include "mcp/session_id.h"
#include "mcp/session_store.h"
#include "mcp/session_table.h"

namespace commsd::mcp {

/// The sessions of legacy streamable HTTP as one process sees them: those it opened, and those of
/// an earlier or another process that it takes over when a request names them. [any executor]
class LegacySessions {
 public:
  /// How long a process may go on serving a session that another one has ended.
  static constexpr UnixMillis recheck_after = 10'000;

  /// `key` as for SessionIds. What is passed by reference outlives this.
  LegacySessions(std::string key, const Clock& clock, Random& random, std::chrono::seconds lifetime,
                 SessionStore& store)
      : clock_(clock),
        lifetime_(lifetime),
        store_(store),
        ids_(std::move(key), clock, random, lifetime),
        table_(clock, random, true) {}

  std::shared_ptr<Session> open(const identity::Principal& principal, std::string version,
                                ClientCapabilities capabilities);

  /// not_found: malformed, forged, expired, ended, or another principal's. unavailable: a session
  /// this process does not know cannot be checked now.
  Task<Result<std::shared_ptr<Session>>> find(std::string id, identity::Principal principal);

  /// For every process and durably, before it returns; its calls are cancelled and its streams
  /// closed. An error: nothing was done.
  Task<Result<void>> end(std::shared_ptr<Session> session, std::string org_id);

  /// Keeps what the client asked to hear of.
  Task<Result<void>> keep_wishes(std::shared_ptr<Session> session, std::string org_id);

  std::size_t size() const { return table_.size(); }
  std::vector<std::shared_ptr<Session>> all() const { return table_.all(); }

 private:
  Task<Result<bool>> ended_elsewhere(std::shared_ptr<Session> session, std::string org_id);
  void forget(Session& session);

  const Clock& clock_;
  std::chrono::seconds lifetime_;
  SessionStore& store_;
  SessionIds ids_;
  SessionTable table_;
};

}  // namespace commsd::mcp
