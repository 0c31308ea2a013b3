#include "ops/health.h"

#include <optional>

#include "base/json_writer.h"
#include "telemetry/log.h"

namespace commsd::ops {

std::string_view to_string(HealthState state) {
  switch (state) {
    case HealthState::ok:
      return "ok";
    case HealthState::degraded:
      return "degraded";
    case HealthState::not_configured:
      return "not_configured";
  }
  return "degraded";
}

std::string HealthReport::to_json() const {
  JsonWriter out;
  out.begin_object().field("status", ready ? "ready" : "degraded");
  out.key("providers").begin_object();
  for (const Part& part : parts) out.field(part.name, to_string(part.state));
  out.end_object().end_object();
  return out.take();
}

void Health::add(std::string name, bool required, Probe probe) {
  parts_.push_back({std::move(name), required, std::move(probe)});
}

std::string Health::liveness_json(std::string_view version) const {
  JsonWriter out;
  out.begin_object().field("status", "ok");
  out.field("uptime", std::max<UnixMillis>(0, clock_.now() - started_) / 1000);
  out.field("version", version).end_object();
  return out.take();
}

Task<HealthReport> Health::report() {
  std::optional<Completion<HealthReport>> turn;
  {
    const std::lock_guard lock(mutex_);
    const UnixMillis age = clock_.now() - asked_at_;
    // a clock set back makes the age negative: then the answer is of unknown age, so ask again
    const auto limit = std::chrono::milliseconds(kept_for).count();
    if (known_ && age >= 0 && age < limit) co_return last_;
    if (asking_) turn = waiting_.emplace_back();
    asking_ = true;
  }
  if (turn) {
    HealthReport report = co_await *turn;
    co_return report;
  }

  HealthReport report = co_await ask();
  std::vector<Completion<HealthReport>> waiting;
  {
    const std::lock_guard lock(mutex_);
    last_ = report;
    known_ = true;
    asking_ = false;
    asked_at_ = clock_.now();
    waiting.swap(waiting_);
  }
  for (const auto& waiter : waiting) waiter.complete(report);
  co_return report;
}

/// All probes at once, so that a round takes as long as the slowest.
Task<HealthReport> Health::ask() {
  std::vector<Completion<HealthState>> answers;
  for (const Part& part : parts_) {
    Completion<HealthState> answer;
    answers.push_back(answer);
    if (!part.probe) {
      answer.complete(HealthState::not_configured);
    } else {
      spawn(*Executor::current(), run_probe(part, answer));
    }
  }
  std::vector<std::unique_ptr<Deadline<HealthState>>> deadlines;
  deadlines.reserve(answers.size());
  for (const auto& answer : answers) {
    deadlines.push_back(
        std::make_unique<Deadline<HealthState>>(answer, probe_deadline, HealthState::degraded));
  }
  HealthReport report;
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    const HealthState state = co_await answers[at];
    const Part& part = parts_[at];
    report.parts.push_back({part.name, state, part.required});
    if (part.required && state == HealthState::degraded) report.ready = false;
  }
  co_return report;
}

Task<void> Health::run_probe(const Part& part, Completion<HealthState> done) {
  const std::optional<Gate::Pass> pass = gate_.enter();
  if (!pass) {
    done.complete(HealthState::degraded);
    co_return;
  }
  const Result<void> result = co_await part.probe();
  if (!result) {
    log::warn("health_probe_failed", {{"part", part.name},
                                      {"code", to_string(result.error().code)},
                                      {"cause", result.error().cause}});
  }
  if (!done.complete(result ? HealthState::ok : HealthState::degraded)) {
    log::warn("health_probe_late", {{"part", part.name}});
  }
}

Task<void> Health::stop() {
  co_await gate_.close();
}

}  // namespace commsd::ops
