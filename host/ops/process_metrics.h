#pragma once

#include "telemetry/metrics.h"

namespace commsd::ops {

/// Gauges about this process, under the names Prometheus clients use for them:
/// process_resident_memory_bytes, process_open_fds, process_max_fds, process_threads,
/// process_start_time_seconds, and process_cpu_seconds_total (whole seconds).
class ProcessMetrics {
 public:
  explicit ProcessMetrics(telemetry::Metrics& metrics);

  /// Reads /proc/self; a few tens of microseconds.
  void update();

 private:
  telemetry::Gauge& memory_;
  telemetry::Gauge& open_files_;
  telemetry::Gauge& most_files_;
  telemetry::Gauge& threads_;
  telemetry::Gauge& started_;
  telemetry::Gauge& cpu_;
};

}  // namespace commsd::ops
