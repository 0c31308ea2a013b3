#pragma once

#include <cstdint>
#include <string_view>

#include <comms/cpp/database.hpp>
#include <sqlite3.h>

namespace sqlite_plugin {

/// An extended result code (sqlite.org/rescode.html) as a class of the ABI. Locked is
/// COMMS_TIMEOUT; full, unreadable and out of memory are COMMS_UNAVAILABLE; a damaged file and a
/// wrong statement are COMMS_INVALID.
comms::Status status_of(int code);

/// COMMS_DB_ reason of a constraint's code; 0 when the code is no constraint's.
std::int32_t constraint_reason(int code);

/// Whether the failure is the statement's own, so that the rest of its transaction may go on.
/// Everything else (full disk, I/O error, no memory) ends the transaction.
bool is_statement_failure(int code);

/// The connection's last failure. The message names tables and columns, never values.
comms::Error failure(sqlite3* handle, std::string_view doing);

}  // namespace sqlite_plugin
