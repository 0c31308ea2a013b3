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

void Maintenance::backup(std::string path, Completion<Result<void>> done) {
  {
    const std::lock_guard lock(mutex_);
    backups_.push_back({std::move(path), std::move(done)});
  }
  changed_.notify_one();
}

void Maintenance::run() {
  pthread_setname_np(pthread_self(), "store-side");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || written_ > 0 || !backups_.empty(); });
    if (!backups_.empty()) {
      const Backup next = std::move(backups_.front());
      backups_.pop_front();
      lock.unlock();
      next.done.complete(copy_to(next.path));
      lock.lock();
      continue;
    }
    if (closed_) return;
    changed_.wait_for(lock, checkpoint_after, [this] {
      return closed_ || written_ >= checkpoint_after_steps || !backups_.empty();
    });
    if (closed_ || !backups_.empty()) continue;
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
    return fail(ErrorCode::unsupported,
                "this database provider makes no backups; use the database's own tools");
  }
  DatabaseReport report;
  const comms_status status =
      handle_.table->backup(handle_.self, {path.data(), path.size()}, report.c());
  if (status != COMMS_OK) return fail(report.error(status));
  return {};
}

}  // namespace commsd::store
