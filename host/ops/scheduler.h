#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/gate.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"

namespace commsd::ops {

/// Periodic jobs: retention, expiry of inbox items, refreshing caches. A job never overlaps itself:
/// the next run is counted from the end of the last. Each wait differs from the period by up to a
/// tenth, and the first one is anywhere within it, so that workers that were started together do
/// not meet at the database for ever. Jobs that several workers share take an advisory lock
/// themselves.
class Scheduler {
 public:
  using Job = std::function<Task<Result<void>>()>;

  /// Jobs run on `executor`, which must outlive this, as must `random`.
  Scheduler(Executor& executor, Random& random) : executor_(executor), random_(random) {}
  /// After stop(), or without a job ever added.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// [before start()] `name`: fixed snake_case, stands in metrics and logs. A failed run is logged
  /// and tried again after the next wait, not sooner: a database that is down is not helped.
  void every(std::chrono::milliseconds period, std::string name, Job job);

  /// [any thread]
  void start();

  /// [any executor] No job starts after this; resumes when running ones have ended. Call once.
  Task<void> stop();

 private:
  struct Entry {
    std::chrono::milliseconds period;
    std::string name;
    Job job;
    Executor::TimerId timer = 0;
  };

  void wait(Entry& entry, std::chrono::nanoseconds delay);
  Task<void> run(Entry& entry);
  std::chrono::nanoseconds between(double low, double high, std::chrono::milliseconds period);

  Executor& executor_;
  Random& random_;
  std::vector<std::unique_ptr<Entry>> entries_;  // addresses are kept by timers
  Gate gate_;
  bool stopping_ = false;  // on the executor only
};

}  // namespace commsd::ops
