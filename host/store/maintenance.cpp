#include "store/maintenance.h"

#include <chrono>
#include <pthread.h>

#include "store/database_error.h"
#include "telemetry/log.h"

namespace commsd::store {

namespace {

/// A page that many units change is moved once for each checkpoint, so fewer move less.
constexpr std::size_t checkpoint_after_steps = 20'000;
constexpr std::chrono::seconds checkpoint_after{1};

}  // namespace

Maintenance::Maintenance(plugin::DatabaseHandle handle)
    : handle_(std::move(handle)), thread_([this] { run(); }) {}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  // A check that somebody asked for would hold up the stop for minutes.
  if (COMMS_HAS(comms_database, handle_.table, stop_check) && handle_.table->stop_check) {
    handle_.table->stop_check(handle_.self);
  }
  changed_.notify_one();
  thread_.join();
}

void Maintenance::note_written(std::size_t steps) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = written_ == 0 ||
           (written_ < checkpoint_after_steps && written_ + steps >= checkpoint_after_steps);
    written_ += steps;
  }
  if (wake) changed_.notify_one();
}

void Maintenance::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void Maintenance::backup(std::string path, Completion<Result<void>> done) {
  add({[this, path = std::move(path)] { return copy_to(path); }, std::move(done)});
}

void Maintenance::check(IntegrityCheck& check, Completion<Result<void>> done) {
  const auto look = [this, &check]() -> Result<void> {
    if (!check.offered()) return fail(not_offered("checks for damage", "pg_amcheck"));
    return check.again();
  };
  add({look, std::move(done)});
}

void Maintenance::vacuum(Completion<Result<void>> done) {
  add({[this] { return give_back_space(); }, std::move(done)});
}

void Maintenance::run() {
  pthread_setname_np(pthread_self(), "store-side");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || written_ > 0 || !jobs_.empty(); });
    if (!jobs_.empty()) {
      const Job next = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      next.done.complete(next.work());
      lock.lock();
      continue;
    }
    if (closed_) return;
    changed_.wait_for(lock, checkpoint_after, [this] {
      return closed_ || written_ >= checkpoint_after_steps || !jobs_.empty();
    });
    if (closed_ || !jobs_.empty()) continue;
    written_ = 0;
    lock.unlock();
    checkpoint();
    lock.lock();
  }
}

void Maintenance::checkpoint() {
  if (!COMMS_HAS(comms_database, handle_.table, checkpoint) || !handle_.table->checkpoint) return;
  DatabaseReport report;
  const comms_status status = handle_.table->checkpoint(handle_.self, report.c());
  if (status == COMMS_OK) return;
  const Error error = report.error(status);  // the next one makes up for it
  log::warn("store_checkpoint_failed", {{"code", to_string(error.code)}, {"cause", error.cause}});
}

Result<void> Maintenance::copy_to(const std::string& path) {
  if (!COMMS_HAS(comms_database, handle_.table, backup) || !handle_.table->backup) {
    return fail(not_offered("backups", "pg_dump, or a physical backup with pg_basebackup"));
  }
  DatabaseReport report;
  const comms_status status =
      handle_.table->backup(handle_.self, {path.data(), path.size()}, report.c());
  if (status != COMMS_OK) return fail(report.error(status));
  return {};
}

Result<void> Maintenance::give_back_space() {
  if (!COMMS_HAS(comms_database, handle_.table, vacuum) || !handle_.table->vacuum) {
    return fail(not_offered("giving back of space", "VACUUM in psql; autovacuum does it anyway"));
  }
  DatabaseReport report;
  const comms_status status = handle_.table->vacuum(handle_.self, report.c());
  if (status != COMMS_OK) return fail(report.error(status));
  return {};
}

Error Maintenance::not_offered(const std::string& what, const std::string& postgres_tool) const {
  const comms_str dialect = handle_.table->dialect(handle_.self);
  Error error = make_error(ErrorCode::unsupported,
                           "this database provider leaves " + what + " to the database's own tools",
                           "use those of the database");
  if (std::string_view(dialect.ptr, dialect.len) == "postgres")
    error.remedy = "use " + postgres_tool;
  return error;
}

}  // namespace commsd::store
