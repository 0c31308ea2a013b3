#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/database_connection.h"

namespace commsd::store {

struct Migration {
  std::int64_t version = 0;
  std::string name;
  std::string_view sql;
};

/// Brings a database to the schema this program knows, or refuses it. It never starts afresh on
/// top of data it cannot read: an administrator who restores a file or points at the wrong one must
/// find it as it was.
class Migrator {
 public:
  /// `connection` and `registry` outlive the calls.
  Migrator(DatabaseConnection& connection, const StatementRegistry& registry, const Clock& clock)
      : connection_(connection), registry_(registry), clock_(clock) {}

  /// The migrations of `dialect` compiled into the program, by version:
  /// schema/migrations/<dialect>/ 0001_name.sql and on without gaps, or those of its parent.
  /// internal when they are not so.
  static Result<std::vector<Migration>> embedded(std::string_view dialect);

  /// Whether migrate() would change nothing; false also when that cannot be told.
  bool is_current(std::span<const Migration> migrations);
  /// Applies what is missing, one transaction for each migration. The version it is at afterwards.
  /// Several processes may do so at the same time: each migration is applied once.
  /// Errors, all of them with nothing changed: rejected when the database is somebody else's, or
  /// was written by a newer program; those of DatabaseConnection. A migration that fails leaves the
  /// database at the one before.
  Result<std::int64_t> migrate(std::span<const Migration> migrations);

 private:
  Result<Rows> query(std::string_view statement);
  Result<std::int64_t> version();

  DatabaseConnection& connection_;
  const StatementRegistry& registry_;
  const Clock& clock_;
};

}  // namespace commsd::store
