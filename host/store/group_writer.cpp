#include "store/group_writer.h"

#include <algorithm>
#include <chrono>
#include <pthread.h>

#include "base/crash_point.h"
#include "telemetry/log.h"

namespace commsd::store {

GroupWriter::GroupWriter(plugin::DatabaseHandle handle,
                         std::unique_ptr<DatabaseConnection> connection, std::size_t queue_capacity,
                         std::size_t max_group, Maintenance& maintenance,
                         const IntegrityCheck& check)
    : handle_(std::move(handle)),
      connection_(std::move(connection)),
      max_group_(max_group),
      maintenance_(maintenance),
      check_(check),
      group_units_(telemetry::metrics().histogram("commsd_store_group_units",
                                                  "Units made durable by one transaction.",
                                                  {1, 2, 4, 8, 16, 32, 64, 128, 256})),
      commit_seconds_(telemetry::metrics().histogram("commsd_store_commit_seconds",
                                                     "Time a durable transaction took.",
                                                     telemetry::duration_buckets())),
      failures_(telemetry::metrics().counter("commsd_store_commit_failures_total",
                                             "Transactions the database could not save.")),
      queue_(queue_capacity),
      thread_([this] { run(); }) {}

GroupWriter::~GroupWriter() {
  queue_.close();
  thread_.join();
}

bool GroupWriter::submit(BoundUnit unit, Completion<Result<UnitOutcome>> done) {
  return queue_.push({std::move(unit), std::move(done)});
}

void GroupWriter::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  for (;;) {
    const std::vector<Pending> group = queue_.pop(max_group_);
    if (group.empty()) return;
    std::vector<Result<UnitOutcome>> outcomes = commit(group);
    for (std::size_t index = 0; index < group.size(); ++index) {
      group[index].done.complete(std::move(outcomes[index]));
    }
  }
}

std::vector<Result<UnitOutcome>> GroupWriter::commit(const std::vector<Pending>& group) {
  if (const std::optional<Error> damage = check_.damage()) {
    failures_.add();
    return std::vector<Result<UnitOutcome>>(group.size(), fail(*damage));
  }
  if (suspect_ || !connection_) {
    if (Result<void> ready = reconnect(); !ready) {
      return std::vector<Result<UnitOutcome>>(group.size(), fail(ready.error()));
    }
  }
  std::vector<const BoundUnit*> units;
  std::size_t steps = 0;
  for (const Pending& pending : group) {
    units.push_back(&pending.unit);
    steps += pending.unit.size();
  }
  crash_point("store.before_commit");
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Result<UnitOutcome>> outcomes = connection_->commit(units);
  crash_point("store.after_commit");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  group_units_.observe(static_cast<double>(group.size()));
  commit_seconds_.observe(took.count());
  maintenance_.note_written(steps);
  judge(outcomes);
  return outcomes;
}

void GroupWriter::judge(const std::vector<Result<UnitOutcome>>& outcomes) {
  const auto failed =
      std::find_if(outcomes.begin(), outcomes.end(), [](const Result<UnitOutcome>& outcome) {
        return !outcome && outcome.error().code != ErrorCode::internal;  // not a unit's own fault
      });
  if (failed == outcomes.end()) {
    if (failing_) log::info("store_recovered");
    failing_ = false;
    return;
  }
  suspect_ = true;
  failures_.add();
  if (!failing_) {
    log::error("store_commit_failed", {{"units", outcomes.size()},
                                       {"code", to_string(failed->error().code)},
                                       {"vendor_code", failed->error().vendor_code},
                                       {"cause", failed->error().cause}});
  }
  failing_ = true;
}

/// Only a connection that does not answer is replaced: a full disk is no reason to lose it.
Result<void> GroupWriter::reconnect() {
  if (connection_ && connection_->ping()) {
    suspect_ = false;
    return {};
  }
  connection_.reset();
  Result<std::unique_ptr<DatabaseConnection>> opened =
      DatabaseConnection::open(handle_, DatabaseConnection::Role::writer);
  if (!opened) return fail(opened.error());
  connection_ = std::move(*opened);
  suspect_ = false;
  return {};
}

}  // namespace commsd::store
