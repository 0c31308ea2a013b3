#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// A tool call that runs as an MCP task. The id is not here, only its hash: it is the key to the
/// sealed texts (mcp/task_ledger.h).
struct TaskRecord {
  std::string id_hash;
  std::string org_id;     // "" for the orchestrator's
  std::string agent_id;   // "" unless an agent's
  std::string principal;  // identity::Principal::key(): whose it is
  std::string tool;
  std::string status;  // working | input_required | completed | failed | cancelled
  std::string status_message;
  std::string sealed_input;
  std::string sealed_result;
  std::string error_json;
  bool cancel_requested = false;
  std::int64_t revision = 1;
  std::string worker;          // whose process runs it
  UnixMillis lease_until = 0;  // afterwards that process is taken to be dead
  UnixMillis created_at = 0;
  UnixMillis updated_at = 0;
  UnixMillis expires_at = 0;
};

/// Why tasks of a dead process ended; what their owners are told.
struct TaskFailure {
  std::string status_message;
  std::string error_json;
  UnixMillis at = 0;
};

/// MCP tasks. Errors of reads: those of Store::query. [any executor]
class TaskRepository {
 public:
  explicit TaskRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<TaskRecord>>> find(std::string_view org_id, std::string_view principal,
                                               std::string_view id_hash) const;
  /// System-level: hashes of tasks that `worker` runs and somebody wants cancelled.
  Task<Result<std::vector<std::string>>> list_cancelled(std::string_view worker) const;

  /// Guarded: the id is new.
  static void add_create(UnitOfWork& unit, const TaskRecord& record);
  /// Guarded: the task has not ended and nobody changed it since it was read at `record.revision`.
  static void add_save(UnitOfWork& unit, const TaskRecord& record);
  /// System-level: `worker` is alive.
  static void add_renew(UnitOfWork& unit, std::string_view worker, UnixMillis lease_until);
  /// System-level: ends the running tasks of `worker` made before `before`, or every one whose
  /// lease is over. The step's rows are the tasks it ended.
  static void add_fail_worker(UnitOfWork& unit, std::string_view worker, UnixMillis before,
                              const TaskFailure& failure);
  static void add_fail_expired(UnitOfWork& unit, const TaskFailure& failure);
  /// System-level: deletes at most `limit` ended tasks that expired before `before`.
  static void add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit);

 private:
  Store& store_;
};

}  // namespace commsd::store
