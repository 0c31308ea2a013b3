#include "connection.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

namespace sqlite_plugin {

namespace {

/// SHA-256 over the arguments in a row: how the audit log hashes what it numbers in the same
/// statement.
void sha256_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  const auto& crypto = *static_cast<const comms::Crypto*>(sqlite3_user_data(context));
  try {
    std::string data;
    for (int index = 0; index < count; ++index) {
      const void* bytes = sqlite3_value_blob(arguments[index]);
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(arguments[index]));
      if (bytes) data.append(static_cast<const char*>(bytes), size);
    }
    const std::string digest = crypto.sha256(data);
    sqlite3_result_blob(context, digest.data(), static_cast<int>(digest.size()), SQLITE_TRANSIENT);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  } catch (...) {
    sqlite3_result_error(context, "comms_sha256 failed", -1);
  }
}

/// Makes a missing file ourselves, because SQLite would make it readable for everybody. A file that
/// is gone or empty beside a log that is not means that somebody lost the database: starting
/// afresh would bury what the log still holds.
void make_file(const std::string& path) {
  struct stat file {};
  const bool missing = stat(path.c_str(), &file) != 0 || file.st_size == 0;
  struct stat log {};
  if (missing && stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0) {
    throw comms::Error(COMMS_INVALID,
                       path + " is missing or empty, but its log " + path + "-wal is there", {},
                       "restore the database file, or move the log away");
  }
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    throw comms::Error(COMMS_INVALID, "cannot open or make " + path, {},
                       "check the folder and its permissions");
  }
  // Closing drops POSIX locks that this process holds on the file, so it must be the first handle:
  // the host opens writers first.
  close(descriptor);
}

}  // namespace

Handle::Handle(const Settings& settings, Kind kind, const comms::Crypto* crypto) {
  struct stat file {};
  if (kind == Kind::writer && (stat(settings.path.c_str(), &file) != 0 || file.st_size == 0)) {
    make_file(settings.path);
  }
  const int code =
      sqlite3_open_v2(settings.path.c_str(), &handle_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  try {
    if (code != SQLITE_OK) throw failure(handle_, "open " + settings.path);
    // A checkpoint that waits keeps the writers waiting too, and another one comes in a second.
    busy_timeout_ms_ = kind == Kind::side ? 100 : settings.busy_timeout_ms;
    sqlite3_busy_handler(handle_, &Handle::wait_for_lock, this);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // FULL, because an answer is given on the strength of the commit. Automatic checkpoints are
    // off: they would stall the commit that happens to fill the log. What was deleted is
    // overwritten, because messages are deleted so that they are gone. The log keeps the length it
    // reached: writing over old blocks costs an fsync much less than making new ones.
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -8192; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;"
        "PRAGMA journal_size_limit = 134217728;",
        "open " + settings.path);
    if (kind == Kind::reader) execute("PRAGMA query_only = ON;", "open for reading");
    if (settings.max_megabytes > 0) {
      execute("PRAGMA max_page_count = " + std::to_string(settings.max_megabytes * 256) + ";",
              "limit the size");
    }
    if (crypto) {
      sqlite3_create_function_v2(
          handle_, "comms_sha256", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
          const_cast<comms::Crypto*>(crypto), &sha256_function, nullptr, nullptr, nullptr);
    }
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

int Handle::wait_for_lock(void* self, int times) {
  constexpr int pauses_per_ms = 2;
  if (times / pauses_per_ms >= static_cast<Handle*>(self)->busy_timeout_ms_) return 0;
  usleep(1000 / pauses_per_ms);
  return 1;
}

void Handle::execute(const std::string& sql, std::string_view doing) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw failure(handle_, doing);
  }
}

void Connection::ping() {
  handle_.execute("SELECT COUNT(*) FROM sqlite_schema;", "ping");
}

void Connection::run_script(std::string_view sql) {
  control("BEGIN IMMEDIATE");
  try {
    handle_.execute(std::string(sql), "script");
    control("COMMIT");
  } catch (...) {
    rollback();
    throw;
  }
}

void Connection::query(const comms_statement& statement, comms::RowSink& rows) {
  Prepared& prepared = statements_.find(comms::view(statement.name), comms::view(statement.sql));
  const Running running(prepared, statement.params, statement.param_count);
  rows.columns(prepared.column_names());
  for (;;) {
    const int code = prepared.step();
    if (code == SQLITE_DONE) return;
    if (code != SQLITE_ROW) throw failure(handle_.get(), "query");
    if (!rows.row(prepared.row())) return;
  }
}

void Connection::commit_units(const comms_unit* units, std::size_t count,
                              comms::UnitSink& results) {
  std::vector<Outcome> outcomes;
  // The writer takes its lock at the start: a transaction that begins by reading and then finds the
  // lock taken cannot wait for it, and would have to start again.
  try {
    // A savepoint copies every page that its unit changes, for the case that the unit has to be
    // undone. That is rare, so a group is run without at first, and when a unit fails all over
    // again; the group after one with a failure is careful from the start.
    bool done = false;
    if (!careful_) {
      control("BEGIN IMMEDIATE");
      done = run_group(units, count, results, outcomes);
      if (!done) control("ROLLBACK");
    }
    if (!done) {
      control("BEGIN IMMEDIATE");
      careful_ = run_group_carefully(units, count, results, outcomes);
    }
    // When this fails nothing counts as saved. (If it was the fsync that failed and the process
    // ends before the next commit has written over the same place in the log, SQLite may still find
    // the group whole there; idempotency keys and the claim on content cover the repeat.)
    control("COMMIT");
  } catch (...) {
    rollback();
    throw;
  }
  for (std::size_t number = 0; number < count; ++number) {
    const Outcome& outcome = outcomes[number];
    if (outcome.status == COMMS_OK) {
      results.committed(number);
    } else {
      results.failed(number, outcome.status, outcome.reason, outcome.failed_step, outcome.code,
                     outcome.message);
    }
  }
}

bool Connection::run_group(const comms_unit* units, std::size_t count,
                           const comms::UnitSink& results, std::vector<Outcome>& outcomes) {
  for (std::size_t number = 0; number < count; ++number) {
    if (run_unit(units[number], number, results).status != COMMS_OK) return false;
  }
  outcomes.assign(count, Outcome());
  return true;
}

bool Connection::run_group_carefully(const comms_unit* units, std::size_t count,
                                     const comms::UnitSink& results,
                                     std::vector<Outcome>& outcomes) {
  bool failed = false;
  for (std::size_t number = 0; number < count; ++number) {
    control("SAVEPOINT unit");
    outcomes.push_back(run_unit(units[number], number, results));
    if (outcomes.back().status != COMMS_OK) {
      control("ROLLBACK TO unit");
      failed = true;
    }
    control("RELEASE unit");
  }
  return failed;
}

Connection::Outcome Connection::run_unit(const comms_unit& unit, std::size_t number,
                                         const comms::UnitSink& results) {
  for (std::size_t index = 0; index < unit.step_count; ++index) {
    Outcome outcome = run_step(unit.steps[index], number, index, results);
    if (outcome.status != COMMS_OK) {
      outcome.failed_step = index;
      return outcome;
    }
  }
  return {};
}

Connection::Outcome Connection::run_step(const comms_step& step, std::size_t unit,
                                         std::size_t number, const comms::UnitSink& results) {
  const bool capture = (step.flags & COMMS_STEP_CAPTURE) != 0;
  std::int64_t affected = 0;
  try {
    Prepared& prepared =
        statements_.find(comms::view(step.statement->name), comms::view(step.statement->sql));
    const Running running(prepared, step.statement->params, step.statement->param_count);
    if (capture) results.columns(unit, number, prepared.column_names());
    int code = prepared.step();
    for (; code == SQLITE_ROW; code = prepared.step()) {
      ++affected;
      if (capture) results.row(unit, number, prepared.row());
    }
    if (code != SQLITE_DONE) throw failure(handle_.get(), "step");
    if (!prepared.returns_rows()) affected = sqlite3_changes64(handle_.get());
  } catch (const comms::Error& error) {
    const int code = error.vendor_code.empty() ? SQLITE_ERROR : std::stoi(error.vendor_code);
    // SQLite may have rolled the whole transaction back; then no later unit may run on its own.
    if (!is_statement_failure(code) || sqlite3_get_autocommit(handle_.get())) throw;
    const std::int32_t reason = constraint_reason(code);
    return {error.status, reason != 0 ? reason : std::int32_t{COMMS_DB_STATEMENT}, 0,
            error.vendor_code, error.message};
  }
  if (step.expect_changes >= 0 && affected != step.expect_changes) {
    return {COMMS_REJECTED, COMMS_DB_EXPECTATION, 0, {}, {}};
  }
  return {};
}

void Connection::control(std::string_view sql) {
  Prepared& prepared = statements_.find(sql, sql);
  const Running running(prepared, nullptr, 0);
  if (prepared.step() != SQLITE_DONE) throw failure(handle_.get(), sql);
}

void Connection::rollback() noexcept {
  if (!sqlite3_get_autocommit(handle_.get())) {
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

}  // namespace sqlite_plugin
