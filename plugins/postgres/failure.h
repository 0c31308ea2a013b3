#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <comms/cpp/database.hpp>
#include <libpq-fe.h>

namespace postgres_plugin {

/// What an SQLSTATE (appendix A of PostgreSQL's manual) means for a unit.
enum class FailureKind {
  guard,       // a step's expect_changes, see statements.h
  own,         // the statement's fault or the schema's guard: the unit fails alone
  contention,  // a lock or another transaction in the way: the same again may succeed
  stale,       // the prepared statement is gone or out of date: prepare and do the same again
  server       // full, broken or going down: nothing more in this transaction
};

struct Failure {
  FailureKind kind = FailureKind::own;
  comms::Status status = COMMS_INTERNAL;
  std::int32_t reason = 0;  // COMMS_DB_
  std::string code;         // SQLSTATE
  std::string message;      // names tables and constraints, never values

  comms::Error error(std::string_view doing) const;
};

/// Of a result with PGRES_FATAL_ERROR.
Failure failure_of(const PGresult* result);

/// Of a connection that could not be made: libpq tells its reasons in words only.
comms::Error connect_failure(const PGconn* connection);

/// What the guards of statements.h put into their error.
inline constexpr std::string_view guard_mark = "commsd guard";

}  // namespace postgres_plugin
