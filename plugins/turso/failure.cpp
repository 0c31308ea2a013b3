#include "failure.h"

#include <comms/slot/database.h>

namespace turso_plugin {

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool is_one_of(const std::string& code, std::initializer_list<std::string_view> beginnings) {
  for (const std::string_view beginning : beginnings) {
    if (code.compare(0, beginning.size(), beginning) == 0) return true;
  }
  return false;
}

}  // namespace

bool is_busy(const ServerError& error) {
  return is_one_of(error.code,
                   {"SQLITE_BUSY", "SQLITE_LOCKED", "TRANSACTION_BUSY", "TRANSACTION_TIMEOUT"}) ||
         has(error.message, "database is locked");
}

std::int32_t constraint_reason(const ServerError& error) {
  if (has(error.message, "UNIQUE constraint failed")) return COMMS_DB_UNIQUE;
  if (has(error.message, "FOREIGN KEY constraint failed")) return COMMS_DB_FOREIGN_KEY;
  const bool constraint = is_one_of(error.code, {"SQLITE_CONSTRAINT", "SQLITE_MISMATCH"});
  return constraint || has(error.message, " constraint failed") ? COMMS_DB_CHECK : 0;
}

bool is_statement_failure(const ServerError& error) {
  if (constraint_reason(error) != 0) return true;
  // SQLITE_ERROR and the names of libsql-server (its hrana/stmt.rs) for what it refuses to run.
  return is_one_of(error.code, {"SQLITE_ERROR", "SQLITE_TOOBIG", "SQLITE_RANGE", "SQLITE_AUTH",
                                "SQLITE_UNKNOWN", "SQL_", "ARGS_"});
}

comms::Error to_error(const ServerError& error, std::string_view doing) {
  std::string message(doing);
  message += ": " + error.message.substr(0, 500);
  comms::Status status = COMMS_UNAVAILABLE;
  std::string remedy;
  if (is_busy(error)) {
    status = COMMS_TIMEOUT;
  } else if (is_statement_failure(error)) {
    status = COMMS_INVALID;
  } else if (error.code == "BLOCKED") {
    remedy = "the service refuses reads or writes: look at the database's plan and usage";
  } else if (error.code == "RESPONSE_TOO_LARGE") {
    status = COMMS_INVALID;
  }
  return comms::Error(status, std::move(message), error.code, std::move(remedy));
}

}  // namespace turso_plugin
