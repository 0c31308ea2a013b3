#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "plugin/database_handle.h"
#include "telemetry/metrics.h"

namespace commsd::store {

/// Looks through the whole database for damage, once, on a thread of its own. The start waits for a
/// small database and is held up by a large one for a moment only: reading all of it took longer
/// than everything else at a start together, and a server that was killed has to be back soon.
/// What is found later is told in the log and by the metric commsd_store_damaged, and ends all
/// writing.
class IntegrityCheck {
 public:
  /// Begins at once. A connection of the provider must be open already, so that a log left by a
  /// crash has been taken in.
  explicit IntegrityCheck(plugin::DatabaseHandle handle);
  /// Ends a check that still runs.
  ~IntegrityCheck();

  /// The result, waited for no longer than `limit`; none when the check still runs then. Errors:
  /// rejected when the database is damaged; unavailable when it could not be read.
  std::optional<Result<void>> wait(std::chrono::milliseconds limit);
  Result<void> wait();
  /// Looks once more, when the first check has ended; damage is noted as above. Blocks for as long
  /// as it takes, one caller at a time. unavailable also when the server stops meanwhile.
  Result<void> again();
  /// Whether the provider can look; else the engine checks itself.
  bool offered() const;

  /// [any thread] What writing is to be refused with once damage was found.
  std::optional<Error> damage() const;

 private:
  void run();
  Result<void> check() const;
  void note(const Result<void>& result, std::chrono::nanoseconds took);

  plugin::DatabaseHandle handle_;
  telemetry::Gauge& damaged_metric_;
  std::atomic<bool> damaged_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Result<void>> result_;
  std::thread thread_;
};

}  // namespace commsd::store
