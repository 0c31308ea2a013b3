#include "database.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include "failure.h"

namespace sqlite_plugin {

namespace {

/// 64 MB of log. A checkpoint that never waits for writers is never quite done while they go on,
/// and the log would grow for ever; at this size one makes them wait, and the log starts anew.
constexpr int log_pages_to_restart = 16384;

/// How far behind the end of the log a query that runs may be; one that stays further behind (a
/// backup, a check) would keep the writers waiting for nothing.
constexpr int log_pages_behind = 1024;

/// Writes what the checkpoints left in the system's cache to the disk while nobody waits for it.
void flush(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file && file->pMethods) file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

comms::Error cannot_make(const std::string& path, int code) {
  std::string why = std::generic_category().message(code);
  std::string remedy = "name a file in a folder that the server's user can write to";
  if (code == EEXIST) {
    why = "something is there already, and a backup overwrites nothing";
    remedy = "name a file that is not there yet";
  } else if (code == ENOENT || code == ENOTDIR) {
    why = "its folder is not there";
    remedy = "make the folder first";
  }
  return comms::Error(COMMS_INVALID, "cannot make " + path + ": " + why, {}, remedy);
}

}  // namespace

Database::Database(const comms::Host& host, const comms::Config& config) : crypto_(host) {
  settings_.path = config.required("path");
  if (settings_.path == ":memory:") {
    throw comms::Error(COMMS_INVALID, "path: must be a file; several connections share it");
  }
  settings_.busy_timeout_ms = static_cast<int>(config.integer("busy_timeout_ms", 4000));
  settings_.max_megabytes = config.integer("max_megabytes");
}

std::unique_ptr<comms::DatabaseConnection> Database::connect(std::int32_t role) {
  const auto kind = role == COMMS_DB_WRITER ? Handle::Kind::writer : Handle::Kind::reader;
  return std::make_unique<Connection>(settings_, kind, &crypto_);
}

void Database::checkpoint() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!side_) side_ = std::make_unique<Handle>(settings_, Handle::Kind::side, nullptr);
  int log_pages = 0;
  int moved_pages = 0;
  int code = sqlite3_wal_checkpoint_v2(side_->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &log_pages,
                                       &moved_pages);
  // The writers wait for two things: that the rest of the log is moved, so most of it is moved and
  // flushed before, and that nobody reads it any more.
  if (code == SQLITE_OK && log_pages >= log_pages_to_restart &&
      log_pages - moved_pages <= log_pages_behind) {
    flush(side_->get());
    code = sqlite3_wal_checkpoint_v2(side_->get(), nullptr, SQLITE_CHECKPOINT_RESTART, &log_pages,
                                     &moved_pages);
  }
  // Somebody reads or writes: the next one moves what this one could not.
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return;
  if (code != SQLITE_OK) throw failure(side_->get(), "checkpoint");
}

void Database::backup(std::string_view path) {
  const std::string target(path);
  const int descriptor = open(target.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) throw cannot_make(target, errno);
  close(descriptor);

  // A handle of its own: a long copy must not hold up the checkpoints.
  const Handle source(settings_, Handle::Kind::reader, nullptr);
  sqlite3* copy = nullptr;
  int code =
      sqlite3_open_v2(target.c_str(), &copy,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_backup* work = sqlite3_backup_init(copy, "main", source.get(), "main");
    if (work) sqlite3_backup_step(work, -1);  // one snapshot; in WAL mode writers go on
    code = work ? sqlite3_backup_finish(work) : sqlite3_extended_errcode(copy);
  }
  if (code == SQLITE_OK) {
    sqlite3_close(copy);
    return;
  }
  const comms::Error error = failure(copy, "backup");
  sqlite3_close(copy);
  unlink(target.c_str());
  throw error;
}

/// Lets stop_check() reach the handle of the check that runs.
class Database::Checking {
 public:
  Checking(Database& database, sqlite3* handle) : database_(database) {
    const std::lock_guard<std::mutex> lock(database_.check_mutex_);
    if (database_.check_stopped_) throw stopped();
    database_.checking_ = handle;
  }
  ~Checking() {
    const std::lock_guard<std::mutex> lock(database_.check_mutex_);
    database_.checking_ = nullptr;
  }
  Checking(const Checking&) = delete;
  Checking& operator=(const Checking&) = delete;

  /// An interrupted check may have seen half of the file and found nothing.
  void expect_not_stopped() const {
    const std::lock_guard<std::mutex> lock(database_.check_mutex_);
    if (database_.check_stopped_) throw stopped();
  }

 private:
  static comms::Error stopped() { return comms::Error(COMMS_CANCELLED, "check: stopped"); }

  Database& database_;
};

void Database::check() {
  const Handle handle(settings_, Handle::Kind::reader, nullptr);
  const Checking checking(*this, handle.get());
  // quick_check walks every page, but does not compare indexes with their tables, which takes many
  // times as long. One finding is enough to know.
  Prepared look(handle.get(), "PRAGMA quick_check(1)");
  const int code = look.step();
  checking.expect_not_stopped();
  if (code != SQLITE_ROW) throw failure(handle.get(), "check");
  const comms_bytes text = look.row().front().bytes;
  const std::string found(reinterpret_cast<const char*>(text.ptr), text.len);
  if (found != "ok") throw comms::Error(COMMS_INVALID, "check: " + found);
}

void Database::stop_check() noexcept {
  const std::lock_guard<std::mutex> lock(check_mutex_);
  check_stopped_ = true;
  if (checking_) sqlite3_interrupt(checking_);
}

void Database::vacuum() {
  Handle handle(settings_, Handle::Kind::reader, nullptr);
  // The copy that VACUUM makes first is as large as the database: not to be held in memory.
  handle.execute("PRAGMA query_only = OFF; PRAGMA temp_store = FILE; VACUUM;", "vacuum");
  // What it wrote stands in the log; the file shrinks when the log has been moved into it. When
  // somebody reads, a later checkpoint does it.
  sqlite3_wal_checkpoint_v2(handle.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace sqlite_plugin
