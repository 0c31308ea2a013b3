#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/completion.h"
#include "base/gate.h"
#include "base/result.h"
#include "base/task.h"

namespace commsd::ops {

enum class HealthState {
  ok,
  degraded,        // asked and failed, or gave no answer in time
  not_configured,  // nothing to ask
};

/// "ok", "degraded", "not_configured".
std::string_view to_string(HealthState state);

struct HealthReport {
  struct Part {
    std::string name;
    HealthState state;
    bool required;
  };
  std::vector<Part> parts;  // in the order of adding
  bool ready = true;        // no required part is degraded

  /// {"status":"ready","providers":{"database":"ok",...}}: names and states, never a cause, because
  /// anybody may ask. Causes are in the log.
  std::string to_json() const;
};

/// Whether the server can do its work. Probes really ask (a query, a vendor's account), so their
/// answers are kept for ten seconds and shared: a thousand callers cost one round.
class Health {
 public:
  static constexpr std::chrono::seconds kept_for{10};
  static constexpr std::chrono::seconds probe_deadline{5};

  /// Success, or why not. Runs on the executor of whoever asked first; must not block it.
  using Probe = std::function<Task<Result<void>>()>;

  /// `clock` must outlive this; it only tells how old an answer is.
  explicit Health(const Clock& clock) : clock_(clock), started_(clock.now()) {}

  /// Before the first report(). A required part that fails makes the server not ready; without a
  /// probe the part is shown as not configured.
  void add(std::string name, bool required, Probe probe);

  /// [any executor] Fresh enough or asked now. Callers during a round wait for it.
  Task<HealthReport> report();

  /// [any thread] {"status":"ok","uptime":12,"version":"0.1.0"}: that the process answers, nothing
  /// more. `uptime` in whole seconds.
  std::string liveness_json(std::string_view version) const;

  /// Refuses new rounds (parts count as degraded) and waits for probes that still run.
  Task<void> stop();

 private:
  struct Part {
    std::string name;
    bool required;
    Probe probe;
  };

  Task<HealthReport> ask();
  Task<void> run_probe(const Part& part, Completion<HealthState> done);

  const Clock& clock_;
  UnixMillis started_;
  std::vector<Part> parts_;
  Gate gate_;

  std::mutex mutex_;  // guards what follows; never held across a wait
  HealthReport last_;
  UnixMillis asked_at_ = 0;
  bool known_ = false;
  bool asking_ = false;
  std::vector<Completion<HealthReport>> waiting_;
};

}  // namespace commsd::ops
