#include "store/integrity_check.h"

#include <pthread.h>

#include "store/database_error.h"
#include "telemetry/log.h"

namespace commsd::store {

IntegrityCheck::IntegrityCheck(plugin::DatabaseHandle handle)
    : handle_(std::move(handle)),
      damaged_metric_(telemetry::metrics().gauge(
          "commsd_store_damaged", "1 when the database was found damaged; then nothing is saved.")),
      thread_([this] { run(); }) {}

IntegrityCheck::~IntegrityCheck() {
  if (offered()) handle_.table->stop_check(handle_.self);
  thread_.join();
}

std::optional<Result<void>> IntegrityCheck::wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, limit, [this] { return result_.has_value(); });
  return result_;
}

Result<void> IntegrityCheck::wait() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return result_.has_value(); });
  return *result_;
}

std::optional<Error> IntegrityCheck::damage() const {
  if (!damaged_.load(std::memory_order_relaxed)) return std::nullopt;
  return make_error(ErrorCode::unavailable, "the database is damaged; nothing was saved",
                    "stop the server, then restore a backup or repair the database");
}

void IntegrityCheck::run() {
  pthread_setname_np(pthread_self(), "store-check");
  const auto begun = std::chrono::steady_clock::now();
  Result<void> result = check();
  note(result, std::chrono::steady_clock::now() - begun);
  {
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
  }
  ended_.notify_all();
}

Result<void> IntegrityCheck::again() {
  (void)wait();  // never two at a time
  const auto begun = std::chrono::steady_clock::now();
  Result<void> result = check();
  note(result, std::chrono::steady_clock::now() - begun);
  return result;
}

void IntegrityCheck::note(const Result<void>& result, std::chrono::nanoseconds took) {
  if (result) {
    log::info("store_checked", {{"ms", took}});
  } else if (result.error().code == ErrorCode::rejected) {
    damaged_ = true;
    damaged_metric_.set(1);
    log::error("store_damaged", {{"ms", took}, {"cause", result.error().cause}});
  } else {
    log::warn("store_not_checked", {{"ms", took}, {"cause", result.error().cause}});
  }
}

Result<void> IntegrityCheck::check() const {
  if (!offered()) return {};  // the engine checks itself
  DatabaseReport report;
  const comms_status status = handle_.table->check(handle_.self, report.c());
  if (status == COMMS_OK) return {};
  Error error = report.error(status);
  if (status == COMMS_INVALID) {
    error.code = ErrorCode::rejected;
    error.message =
        "the database is damaged; nothing was changed in it. Restore a backup, or repair it with "
        "the database's own tools";
  }
  return fail(std::move(error));
}

bool IntegrityCheck::offered() const {
  return COMMS_HAS(comms_database, handle_.table, stop_check) && handle_.table->check &&
         handle_.table->stop_check;
}

}  // namespace commsd::store
