#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/completion.h"
#include "base/result.h"
#include "plugin/database_handle.h"
#include "store/integrity_check.h"

namespace commsd::store {

/// The thread for what takes long and concerns no single caller: checkpoints, backups, a check that
/// somebody asked for, the giving back of space. A
/// checkpoint done by the committing connection itself stalls the 99th percentile by 12-36 ms
/// (measured), so it happens here, on a connection of the provider's own.
class Maintenance {
 public:
  explicit Maintenance(plugin::DatabaseHandle handle);
  /// Finishes what was asked for (a check ends early), then ends the thread.
  ~Maintenance();

  /// [any thread] Tells how much was written. A checkpoint follows after a second or 20,000
  /// statements, whichever is first.
  void note_written(std::size_t steps);
  /// [any thread] Copies the database to `path`, which must not exist.
  void backup(std::string path, Completion<Result<void>> done);
  /// [any thread] Looks through the whole database once more, after the check of the start.
  void check(IntegrityCheck& check, Completion<Result<void>> done);
  /// [any thread] Gives the space of what was deleted back to the file system.
  void vacuum(Completion<Result<void>> done);

 private:
  struct Job {
    std::function<Result<void>()> work;
    Completion<Result<void>> done;
  };

  void run();
  void checkpoint();
  void add(Job job);
  Result<void> copy_to(const std::string& path);
  Result<void> give_back_space();
  /// That the engine's own tools are the ones to use, and which they are.
  Error not_offered(const std::string& what, const std::string& postgres_tool) const;

  plugin::DatabaseHandle handle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;
  std::deque<Job> jobs_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace commsd::store
