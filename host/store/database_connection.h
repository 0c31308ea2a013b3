#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/database_handle.h"
#include "store/statement_registry.h"
#include "store/unit_of_work.h"
#include "store/value.h"

namespace commsd::store {

/// One connection of the database provider in the host's terms. Every call blocks, so it belongs to
/// one thread at a time and never to an event loop.
class DatabaseConnection {
 public:
  enum class Role : std::int32_t { writer = COMMS_DB_WRITER, reader = COMMS_DB_READER };

  /// Errors of all calls: those of database_error().
  static Result<std::unique_ptr<DatabaseConnection>> open(const plugin::DatabaseHandle& handle,
                                                          Role role);
  ~DatabaseConnection();
  DatabaseConnection(const DatabaseConnection&) = delete;
  DatabaseConnection& operator=(const DatabaseConnection&) = delete;

  Result<void> ping();
  /// Many statements as one transaction.
  Result<void> run_script(std::string_view sql);
  Result<Rows> query(const BoundStatement& statement);
  /// One durable transaction for all units; one result for each, in their order.
  std::vector<Result<UnitOutcome>> commit(const std::vector<const BoundUnit*>& units);

 private:
  DatabaseConnection(const plugin::DatabaseHandle& handle, void* connection)
      : handle_(handle), connection_(connection) {}

  plugin::DatabaseHandle handle_;
  void* connection_;
};

}  // namespace commsd::store
