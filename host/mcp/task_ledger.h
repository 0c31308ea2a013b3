#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/notification_hub.h"
#include "mcp/task_state.h"
#include "store/store.h"

namespace commsd::mcp {

struct TaskLedgerOptions {
  /// Names this process among those on one database and stays the same when it starts again, so
  /// that its successor knows at once which tasks died with it. Others wait for the lease.
  std::string worker = "worker";
  /// Wall clocks of the workers must agree better than this.
  std::chrono::milliseconds lease{60'000};
  std::chrono::milliseconds lifetime{24 * 3'600'000};  // of a task, from its creation
  /// How to find out what a task did before its process died; part of its error.
  std::string look_up_hint;
};

/// Tasks as they are in the database, which alone says how a task stands: every worker may read
/// and change it, and whoever ends it first has ended it.
///
/// A result may hold what the database must not show, e.g. the token of a new agent, of which only
/// the hash is kept elsewhere. So the id of a task is 256 random bits that only its client has: the
/// row is found by the id's hash, and question, answer and result are sealed under a key made from
/// the id. Whoever reads the database reads none of them.
///
/// Each change is published to the hub of this process. [any executor] Errors of all calls: those
/// of Store, and not_found for a task that is not this principal's or has expired.
class TaskLedger {
 public:
  /// What is passed by reference outlives this.
  TaskLedger(store::Store& store, NotificationHub& hub, const Clock& clock, Random& random,
             TaskLedgerOptions options);

  std::string make_id() const;
  static std::string hash_of(std::string_view id);

  /// Durable when it returns.
  Task<Result<TaskState>> create(identity::Principal principal, std::string id, std::string tool);
  Task<Result<TaskState>> find(identity::Principal principal, std::string id) const;

  /// Reads the task, lets `alter` change it and saves it, over again if somebody was faster. A task
  /// that has ended is returned as it is, without asking `alter`, which returns false when there is
  /// nothing to save.
  using Alter = std::function<bool(TaskState&)>;
  Task<Result<TaskState>> change(identity::Principal principal, std::string id, Alter alter);

  /// Ends what a dead process left: tasks of this worker from before this ledger was made, or any
  /// whose lease is over. How many.
  Task<Result<std::size_t>> fail_predecessors();
  /// Ends every task of this worker.
  Task<Result<std::size_t>> fail_own();
  Task<Result<std::size_t>> fail_expired();
  Task<Result<void>> renew_leases();
  /// Hashes of tasks of this worker that should be cancelled.
  Task<Result<std::vector<std::string>>> cancelled() const;
  Task<Result<void>> purge();

 private:
  void publish(const TaskState& state) const;
  store::TaskFailure interruption() const;
  Task<Result<std::size_t>> fail_worker(UnixMillis before);
  Task<Result<std::size_t>> count_failed(store::UnitOfWork unit);
  std::string open(const std::string& id, const std::string& sealed, std::string_view part) const;

  store::Store& store_;
  NotificationHub& hub_;
  const Clock& clock_;
  Random& random_;
  TaskLedgerOptions options_;
  const UnixMillis started_at_;
};

}  // namespace commsd::mcp
