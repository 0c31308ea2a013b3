#pragma once

#include <cstddef>
#include <memory>
#include <thread>

#include "base/completion.h"
#include "base/result.h"
#include "plugin/database_handle.h"
#include "store/bounded_queue.h"
#include "store/database_connection.h"
#include "store/integrity_check.h"
#include "store/maintenance.h"
#include "telemetry/metrics.h"

namespace commsd::store {

/// The one thread that writes, and its connection. While one group of units is being made durable
/// the next gathers in the queue, so the price of an fsync is shared by as many callers as wait for
/// one: alone, a caller waits for nobody. (Grouping turned synchronous=FULL from 500 to 8,000
/// sends a second on the machine it was measured on.)
class GroupWriter {
 public:
  /// `maintenance` and `check` outlive this. Once `check` has found damage nothing is written.
  GroupWriter(plugin::DatabaseHandle handle, std::unique_ptr<DatabaseConnection> connection,
              std::size_t queue_capacity, std::size_t max_group, Maintenance& maintenance,
              const IntegrityCheck& check);
  /// Commits what was accepted, then ends the thread.
  ~GroupWriter();

  /// [any thread] False when too much is waiting: the unit was not taken.
  bool submit(BoundUnit unit, Completion<Result<UnitOutcome>> done);

 private:
  struct Pending {
    BoundUnit unit;
    Completion<Result<UnitOutcome>> done;
  };

  void run();
  std::vector<Result<UnitOutcome>> commit(const std::vector<Pending>& group);
  Result<void> reconnect();
  /// Notes how the database did; a state that lasts is logged once, not for every group.
  void judge(const std::vector<Result<UnitOutcome>>& outcomes);

  plugin::DatabaseHandle handle_;
  std::unique_ptr<DatabaseConnection> connection_;  // null after a failed reconnect
  bool suspect_ = false;                            // the last group failed: ask before using it
  bool failing_ = false;                            // told in the log already
  const std::size_t max_group_;
  Maintenance& maintenance_;
  const IntegrityCheck& check_;
  telemetry::Histogram& group_units_;
  telemetry::Histogram& commit_seconds_;
  telemetry::Counter& failures_;
  BoundedQueue<Pending> queue_;
  std::thread thread_;
};

}  // namespace commsd::store
