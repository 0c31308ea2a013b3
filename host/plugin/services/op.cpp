#include "plugin/services/op.h"

#include <algorithm>

#include "plugin/services/views.h"
#include "telemetry/log.h"

namespace commsd::plugin {

namespace {

/// How long a plugin has to classify what its requests came to before the op is ended for it.
constexpr std::chrono::milliseconds kGrace{250};

}  // namespace

ErrorCode to_error_code(comms_status status) {
  switch (status) {
    case COMMS_INVALID:
      return ErrorCode::invalid_argument;
    case COMMS_UNAUTHENTICATED:
      return ErrorCode::unauthenticated;
    case COMMS_DENIED:
      return ErrorCode::permission_denied;
    case COMMS_NOT_FOUND:
      return ErrorCode::not_found;
    case COMMS_RATE_LIMITED:
      return ErrorCode::rate_limited;
    case COMMS_UNAVAILABLE:
    case COMMS_BACKPRESSURE:
      return ErrorCode::unavailable;
    case COMMS_TIMEOUT:
      return ErrorCode::timeout;
    case COMMS_REJECTED:
      return ErrorCode::rejected;
    case COMMS_UNSUPPORTED:
      return ErrorCode::unsupported;
    case COMMS_CANCELLED:
      return ErrorCode::cancelled;
    case COMMS_AMBIGUOUS:
      return ErrorCode::ambiguous;
    default:
      return ErrorCode::internal;
  }
}

Error OpOutcome::to_error(std::string_view provider) const {
  Error result = make_error(to_error_code(status), std::string(provider) + ": ");
  if (error && !error->message.empty()) {
    result.message += error->message;
  } else {
    result.message += "the operation failed (" + std::string(to_string(result.code)) + ")";
  }
  if (error) {
    result.vendor_code = error->vendor_code;
    result.remedy = error->remedy;
    result.retry_after = error->retry_after;
  }
  return result;
}

Op::Op(OpRequest request) : request_(std::move(request)) {}

Op::~Op() = default;

std::shared_ptr<Op> Op::start(OpRequest request) {
  std::shared_ptr<Op> op(new Op(std::move(request)));
  op->executor_ = Executor::current();
  op->begin();
  return op;
}

OpOutcome Op::run_blocking(OpRequest request) {
  const std::shared_ptr<Op> op(new Op(std::move(request)));
  op->deadline_ = std::chrono::steady_clock::now() + op->request_.limit;
  comms_status status = op->request_.call(op->handle());
  if (status == COMMS_PENDING || status == COMMS_BACKPRESSURE) {
    log::error("plugin_misbehaved", {{"what", "a blocking operation stayed pending"}});
    status = COMMS_INTERNAL;
  }
  op->finish(status);
  op->collected_.status = op->outcome_.completed() ? op->collected_.status : COMMS_INTERNAL;
  return std::move(op->collected_);
}

void Op::begin() {
  deadline_ = std::chrono::steady_clock::now() + request_.limit;
  timer_ = executor_->start_timer(request_.limit + kGrace, [weak = weak_from_this()] {
    if (const auto op = weak.lock()) op->expire();
  });
  calling_ = true;
  const comms_status status = request_.call(handle());
  calling_ = false;
  continued(status);
}

std::chrono::milliseconds Op::remaining() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

void Op::cancel() {
  if (!executor_) return;
  executor_->post([self = shared_from_this()] { self->give_up(COMMS_CANCELLED); });
}

void Op::resume_chunks() {
  if (!executor_) return;
  executor_->post([self = shared_from_this()] {
    if (self->done_ || self->given_up_ || !self->chunks_full_) return;
    self->chunks_full_ = false;
    const auto parts = self->parts_;  // a part may end while it delivers
    for (const auto& part : parts) part->resume_chunks();
    if (!self->done_ && !self->chunks_full_ && self->request_.resume) {
      self->continued(self->request_.resume(self->handle()));
    }
  });
}

void Op::part_began(std::shared_ptr<Part> part) {
  parts_.push_back(std::move(part));
}

void Op::part_ended(const Part* part, Sent sent) {
  // A later complete answer clears the doubt: the plugin has looked into what failed before.
  if (sent != Sent::nothing) ambiguous_ = sent == Sent::unanswered;
  if (sent != Sent::nothing) collected_.may_have_reached_vendor = true;
  std::erase_if(parts_, [part](const auto& mine) { return mine.get() == part; });
  settle();
}

void Op::abandon() {
  const auto parts = std::move(parts_);
  parts_.clear();
}

void Op::continued(comms_status status) {
  if (done_ || given_up_) return;
  const bool waiting = status == COMMS_PENDING || status == COMMS_BACKPRESSURE;
  if (!waiting) {
    finish(status);
    return;
  }
  const bool holds_data = chunks_full_ && request_.resume;
  if (parts_.empty() && !holds_data) {
    log::error("plugin_misbehaved", {{"what", "an operation is pending with nothing under way"}});
    finish(COMMS_INTERNAL);
  }
}

void Op::expire() {
  timer_ = 0;
  give_up(COMMS_TIMEOUT);
}

/// Ends the op for the plugin. What is under way is cancelled first and waited for, because only
/// its end says whether the vendor may have heard of it.
void Op::give_up(comms_status status) {
  if (done_ || given_up_) return;
  given_up_ = status;
  const auto parts = parts_;
  for (const auto& part : parts) part->cancel();
  settle();
}

void Op::settle() {
  if (given_up_ && parts_.empty() && !done_) finish(*given_up_);
}

void Op::finish(comms_status status) {
  if (done_) return;
  done_ = true;
  if (timer_ != 0) executor_->cancel_timer(timer_);
  const bool safe_to_repeat =
      status == COMMS_UNAVAILABLE || status == COMMS_TIMEOUT || status == COMMS_CANCELLED;
  // Given up by the host half-way, even an answered request leaves the vendor's state unknown: the
  // plugin had more to do.
  const bool unknown = given_up_ ? collected_.may_have_reached_vendor : ambiguous_;
  if (safe_to_repeat && unknown) {
    if (!given_up_) {
      log::warn("plugin_misbehaved", {{"what", "called an ambiguous outcome safe to repeat"}});
    }
    status = COMMS_AMBIGUOUS;
  }
  collected_.status = status;
  const auto parts = std::move(parts_);
  parts_.clear();
  if (!executor_) {
    outcome_.complete(OpOutcome());  // run_blocking() takes what was collected
    return;
  }
  outcome_.complete(std::move(collected_));
  collected_ = OpOutcome();
  for (const auto& part : parts) part->cancel();
}

void Op::fail(const comms_error& error) {
  if (done_ || !COMMS_HAS(comms_error, &error, retry_after_ms)) return;
  collected_.error = OpError{copy(error.vendor_code), copy(error.message), copy(error.remedy),
                             std::chrono::milliseconds(error.retry_after_ms)};
}

void Op::message(Receipt receipt) {
  if (!done_) collected_.receipt = std::move(receipt);
}

void Op::field(std::string_view key, std::string_view value) {
  if (!done_) collected_.fields.emplace_back(key, value);
}

comms_status Op::chunk(std::string_view piece) {
  if (done_ || given_up_ || request_.nobody_waits.stop_requested()) return COMMS_CANCELLED;
  if (request_.on_chunk) {
    if (!request_.on_chunk(piece)) chunks_full_ = true;
    return chunks_full_ ? COMMS_BACKPRESSURE : COMMS_OK;
  }
  if (collected_.data.size() + piece.size() > request_.max_data) {
    collected_.error = OpError{
        "",
        "the provider sent more than " + std::to_string(request_.max_data / (1024 * 1024)) + " MiB",
        "",
        {}};
    give_up(COMMS_REJECTED);
    return COMMS_CANCELLED;
  }
  collected_.data += piece;
  return COMMS_OK;
}

void Op::event(const comms_event& event) {
  if (done_) return;
  if (auto known = to_provider_event(event)) collected_.events.push_back(std::move(*known));
}

Task<OpOutcome> run_op(OpRequest request, std::stop_token stop, std::stop_token also) {
  const std::shared_ptr<Op> op = Op::start(std::move(request));
  const std::stop_callback cancel_on_stop(stop, [op] { op->cancel(); });
  const std::stop_callback cancel_on_other(also, [op] { op->cancel(); });
  OpOutcome outcome = co_await op->outcome();
  co_return outcome;
}

}  // namespace commsd::plugin
