#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <comms/cpp/types.hpp>

namespace turso_plugin {

/// What a server says of a failure (HRANA_3_SPEC, "Errors"). The codes are not part of the
/// specification: libsql-server gives SQLite's names without the detail ("SQLITE_CONSTRAINT"),
/// others give the detail too ("SQLITE_CONSTRAINT_UNIQUE"), so the message decides as well.
struct ServerError {
  std::string code;
  std::string message;
};

/// Another transaction is in the way; nothing was done.
bool is_busy(const ServerError& error);

/// COMMS_DB_UNIQUE, COMMS_DB_FOREIGN_KEY or COMMS_DB_CHECK; 0 when it is no violated constraint.
std::int32_t constraint_reason(const ServerError& error);

/// Whether the statement is to blame, so that other units of the group may still be saved; else it
/// is the server that cannot.
bool is_statement_failure(const ServerError& error);

/// In the classes of slot/database.h.
comms::Error to_error(const ServerError& error, std::string_view doing);

}  // namespace turso_plugin
