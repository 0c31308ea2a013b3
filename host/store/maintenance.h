#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "base/completion.h"
#include "base/result.h"
#include "plugin/database_handle.h"

namespace commsd::store {

/// The thread for what takes long and concerns no single caller: checkpoints and backups. A
/// checkpoint done by the committing connection itself stalls the 99th percentile by 12-36 ms
/// (measured), so it happens here, on a connection of the provider's own.
class Maintenance {
 public:
  explicit Maintenance(plugin::DatabaseHandle handle);
  /// Finishes the backups that were asked for, then ends the thread.
  ~Maintenance();

  /// [any thread] Tells how much was written. A checkpoint follows after a second or 20,000
  /// statements, whichever is first.
  void note_written(std::size_t steps);
  /// [any thread] Copies the database to `path`, which must not exist.
  void backup(std::string path, Completion<Result<void>> done);

 private:
  struct Backup {
    std::string path;
    Completion<Result<void>> done;
  };

  void run();
  void checkpoint();
  Result<void> copy_to(const std::string& path);

  plugin::DatabaseHandle handle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;
  std::deque<Backup> backups_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace commsd::store
