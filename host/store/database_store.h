#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "plugin/database_handle.h"
#include "store/group_writer.h"
#include "store/integrity_check.h"
#include "store/maintenance.h"
#include "store/reader_pool.h"
#include "store/statement_registry.h"
#include "store/store.h"

namespace commsd::store {

/// The store on the database slot. Calls of the provider block, so each connection has a thread of
/// its own: one writes, some read, one checkpoints; callers are coroutines and get their answers on
/// the executor they wait on. A query sees every commit that has returned.
class DatabaseStore final : public Store {
 public:
  struct Options {
    std::size_t readers = 2;
    std::size_t queue_capacity = 4096;  // waiting units, and waiting queries; then unavailable
    std::size_t max_group = 256;        // units in one transaction
    /// How long a start waits for the check of the whole database, which then goes on beside the
    /// work (see IntegrityCheck). A start that has to change the schema waits for its end.
    std::chrono::milliseconds check_wait{500};
  };

  /// Connects, checks and migrates. Blocks: for start-up, before the event loops run. Errors: those
  /// of StatementRegistry::parse, Migrator::migrate, DatabaseConnection::open and IntegrityCheck.
  static Result<std::unique_ptr<DatabaseStore>> open(const plugin::DatabaseHandle& handle,
                                                     const Clock& clock, Options options);
  static Result<std::unique_ptr<DatabaseStore>> open(const plugin::DatabaseHandle& handle,
                                                     const Clock& clock) {
    return open(handle, clock, Options());
  }
  /// Finishes what was accepted. Callers must have got their answers or have gone.
  ~DatabaseStore() override;

  Task<Result<Rows>> query(std::string_view statement, Parameters parameters) override;
  Task<Result<UnitOutcome>> commit(UnitOfWork unit) override;

  /// A consistent copy while the server works. `path` must not exist.
  Task<Result<void>> backup(std::string path);
  /// Looks through the whole database for damage, which ends all writing when there is any
  /// (rejected). Both are unsupported where the engine's own tools do that.
  Task<Result<void>> check();
  /// Gives the space of what was deleted back to the file system; writes wait meanwhile, or fail as
  /// busy.
  Task<Result<void>> vacuum();

  /// Whether other processes may read and write here as well.
  bool is_shared() const { return shared_; }

  /// Set when the check that went on after the start found damage: nothing is saved any more.
  std::optional<Error> damage() const { return check_->damage(); }

  const StatementRegistry& statements() const { return registry_; }

 private:
  DatabaseStore(StatementRegistry registry, plugin::DatabaseHandle handle,
                std::unique_ptr<IntegrityCheck> check);

  const StatementRegistry registry_;
  const bool shared_;
  std::unique_ptr<IntegrityCheck> check_;
  Maintenance maintenance_;
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<GroupWriter> writer_;
};

}  // namespace commsd::store
