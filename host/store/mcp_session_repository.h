#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// What is kept of an MCP session.
struct McpSessionRecord {
  std::string wishes_json;  // "" = none
  bool ended = false;

  bool operator==(const McpSessionRecord&) const = default;
};

/// What every worker must know of MCP sessions, and the states of MCP calls that were used up.
/// org_id "" is the orchestrators'. [any executor]
class McpSessionRepository {
 public:
  explicit McpSessionRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<McpSessionRecord>>> find(std::string_view org_id,
                                                     std::string_view id) const;
  /// Replaces what was kept; a session that was ended stays so.
  static void add_save(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                       std::string_view wishes_json, UnixMillis expires_at);
  static void add_end(UnitOfWork& unit, std::string_view org_id, std::string_view id, UnixMillis at,
                      UnixMillis expires_at);
  /// Guarded: the state is used for the first time.
  static void add_use_state(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                            UnixMillis expires_at);
  /// System-level: deletes at most `limit` of each that expired before `before`.
  static void add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit);

 private:
  Store& store_;
};

}  // namespace commsd::store
