#include "connection.h"

#include "query_runner.h"

namespace postgres_plugin {

namespace {

comms::Error lost_error(const Lost& lost) {
  return comms::Error(COMMS_UNAVAILABLE, "the connection was lost: " + lost.why, "08006");
}

/// Held by a migration until it is committed, so that of two processes that start at the same time
/// one waits. Before the audit log's 4801 (schema/statements/audit.sql).
constexpr const char* migration_lock = "SELECT pg_advisory_xact_lock(4800);";

}  // namespace

Connection::Connection(const Settings& settings, bool read_only)
    : settings_(settings), read_only_(read_only) {
  ready();
}

Wire& Connection::ready() {
  if (wire_ && !wire_->is_gone() && wire_->is_idle()) return *wire_;
  wire_.reset();
  statements_.clear();
  wire_ = std::make_unique<Wire>(settings_, read_only_);
  return *wire_;
}

void Connection::ping() {
  const comms_statement statement{sizeof(comms_statement), 0,       comms::str("commsd ping"),
                                  comms::str("SELECT 1"),  nullptr, 0};
  if (!wire_ || wire_->is_gone()) throw lost_error({"the server has hung up"});
  try {
    QueryRunner(ready(), statements_, settings_).run(statement, nullptr);
  } catch (const Lost& lost) {
    throw lost_error(lost);
  }
}

void Connection::run_script(std::string_view sql) {
  // Whoever waits for the other process's migration waits as long as that takes.
  std::string script = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;";
  script.append(migration_lock).append("SET LOCAL lock_timeout = '60s';\n").append(sql);
  script.append("\n;COMMIT");
  try {
    ready().run_script(script);
  } catch (const Lost& lost) {
    throw lost_error(lost);
  }
}

void Connection::query(const comms_statement& statement, comms::RowSink& rows) {
  for (int attempt = 0;; ++attempt) {
    QueryRunner runner(ready(), statements_, settings_);
    try {
      runner.run(statement, &rows);
      return;
    } catch (const Lost& lost) {
      // A read may be made again, unless part of it was handed out.
      if (attempt > 0 || runner.has_begun()) throw lost_error(lost);
    }
  }
}

void Connection::commit_units(const comms_unit* units, std::size_t count,
                              comms::UnitSink& results) {
  UnitRunner(ready(), statements_, settings_, units, count, results).run(habits_);
}

}  // namespace postgres_plugin
