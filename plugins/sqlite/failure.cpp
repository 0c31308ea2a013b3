#include "failure.h"

#include <string>

namespace sqlite_plugin {

comms::Status status_of(int code) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return COMMS_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return COMMS_TIMEOUT;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL:
      return COMMS_UNAVAILABLE;
    case SQLITE_CONSTRAINT:
      return COMMS_REJECTED;
    default:
      return COMMS_INVALID;
  }
}

std::int32_t constraint_reason(int code) {
  if ((code & 0xff) != SQLITE_CONSTRAINT) return 0;
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return COMMS_DB_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return COMMS_DB_FOREIGN_KEY;
    default:
      return COMMS_DB_CHECK;
  }
}

bool is_statement_failure(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_AUTH:
      return true;
    default:
      return false;
  }
}

comms::Error failure(sqlite3* handle, std::string_view doing) {
  const int code = sqlite3_extended_errcode(handle);
  std::string message(doing);
  message.append(": ").append(sqlite3_errmsg(handle));
  // A caller that sees "not an error" has mixed up its calls; it must still not look like success.
  const comms::Status status = status_of(code) == COMMS_OK ? COMMS_INTERNAL : status_of(code);
  std::string remedy;
  if ((code & 0xff) == SQLITE_FULL) remedy = "free space on the disk, or raise max_megabytes";
  if ((code & 0xff) == SQLITE_NOTADB) remedy = "name the right file, or restore a backup";
  return comms::Error(status, std::move(message), std::to_string(code), std::move(remedy));
}

}  // namespace sqlite_plugin
