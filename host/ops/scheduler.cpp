#include "ops/scheduler.h"

#include <optional>

#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::ops {

Scheduler::~Scheduler() = default;

void Scheduler::every(std::chrono::milliseconds period, std::string name, Job job) {
  entries_.push_back(std::make_unique<Entry>(Entry{period, std::move(name), std::move(job), 0}));
}

void Scheduler::start() {
  executor_.post([this] {
    if (stopping_) return;
    for (const auto& entry : entries_) wait(*entry, between(0, 1, entry->period));
  });
}

void Scheduler::wait(Entry& entry, std::chrono::nanoseconds delay) {
  entry.timer = executor_.start_timer(delay, [this, &entry] {
    entry.timer = 0;
    spawn(executor_, run(entry));
  });
}

Task<void> Scheduler::run(Entry& entry) {
  const std::optional<Gate::Pass> pass = gate_.enter();
  if (!pass) co_return;
  const auto began = std::chrono::steady_clock::now();
  const Result<void> result = co_await entry.job();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

  telemetry::Metrics& metrics = telemetry::metrics();
  metrics
      .counter("commsd_job_runs_total", "Runs of periodic jobs.",
               {{"job", entry.name}, {"result", result ? "ok" : "failed"}})
      .add();
  metrics
      .histogram("commsd_job_seconds", "How long periodic jobs take.",
                 telemetry::duration_buckets(), {{"job", entry.name}})
      .observe(took.count());
  if (!result) {
    log::warn("job_failed", {{"job", entry.name},
                             {"code", to_string(result.error().code)},
                             {"cause", result.error().cause}});
  }
  if (!stopping_) wait(entry, between(0.9, 1.1, entry.period));
}

Task<void> Scheduler::stop() {
  co_await resume_on(executor_);
  stopping_ = true;
  for (const auto& entry : entries_) {
    if (entry->timer != 0) executor_.cancel_timer(entry->timer);
    entry->timer = 0;
  }
  co_await gate_.close();
}

std::chrono::nanoseconds Scheduler::between(double low, double high,
                                            std::chrono::milliseconds period) {
  std::uint8_t bytes[4];
  random_.fill(bytes);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  const double part = low + (high - low) * (static_cast<double>(number) / 4294967296.0);
  const std::chrono::duration<double, std::milli> delay(part * static_cast<double>(period.count()));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(delay);
}

}  // namespace commsd::ops
