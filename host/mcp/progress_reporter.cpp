#include "mcp/progress_reporter.h"

#include "base/json_writer.h"
#include "mcp/json_rpc.h"

namespace commsd::mcp {

namespace {

constexpr double step = 0.001;

}  // namespace

void ProgressReporter::report(double done, double total, std::string_view text) {
  if (stopped_ || (reported_ && done <= last_)) return;
  last_ = done;
  total_ = total;
  quiet_ = false;
  send(text);
}

void ProgressReporter::send(std::string_view text) {
  reported_ = true;
  JsonWriter params;
  params.begin_object().raw_field("progressToken", token_).field("progress", last_);
  if (total_ > 0) params.field("total", total_);
  if (!text.empty()) params.field("message", text);
  params.end_object();
  notify_(write_notification("notifications/progress", params.text()));
}

void ProgressReporter::start(std::chrono::nanoseconds interval) {
  executor_ = Executor::current();
  interval_ = interval;
  if (executor_) arm();
}

void ProgressReporter::stop() {
  stopped_ = true;
  if (timer_ != 0) executor_->cancel_timer(timer_);
  timer_ = 0;
}

void ProgressReporter::arm() {
  timer_ = executor_->start_timer(interval_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->beat();
  });
}

void ProgressReporter::beat() {
  timer_ = 0;
  if (stopped_) return;
  if (quiet_) {
    last_ += step;
    send({});
  }
  quiet_ = true;
  arm();
}

}  // namespace commsd::mcp
