#include "plugin/services/http_call.h"

#include <array>

#include "plugin/services/service_host.h"

namespace commsd::plugin {

/// Runs pump() on the op's executor; when that has stopped and destroys the job unrun, lets go of
/// the op, so that nothing waits for a continuation that cannot come.
struct HttpCall::Pump {
  explicit Pump(std::shared_ptr<HttpCall> owner) : call(std::move(owner)) {}
  ~Pump() {
    if (call) call->abandon();
  }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;
  void run() {
    const std::shared_ptr<HttpCall> running = std::move(call);
    call.reset();
    running->pump();
  }
  std::shared_ptr<HttpCall> call;
};

HttpCall::HttpCall(ServiceHost& host, std::shared_ptr<Op> op, HttpServiceRequest request,
                   comms_http_cb callback, void* user, void (*release)(void*))
    : host_(host),
      op_(std::move(op)),
      request_(std::move(request)),
      callback_(callback),
      user_(user),
      release_(release) {}

HttpCall::~HttpCall() {
  if (!ended_) host_.release_request();
  let_go();
}

void HttpCall::let_go() {
  if (!release_) return;
  const Blame blame(host_.monitor()->blame());
  std::exchange(release_, nullptr)(user_);
}

void HttpCall::start() {
  ++tries_;
  {
    const std::lock_guard lock(mutex_);
    status_ = 0;
    headers_.clear();
    swallow_ = false;
    paused_ = false;
  }
  net::HttpCallbacks callbacks;
  const auto self = shared_from_this();
  if (request_.out.stream) {
    callbacks.on_head = [self](int status, const net::HttpHeaders& headers) {
      self->on_head(status, headers);
    };
    callbacks.on_chunk = [self](std::string_view chunk) { return self->on_chunk(chunk); };
  }
  callbacks.on_done = [self](net::HttpOutcome outcome) { self->on_done(std::move(outcome)); };
  id_ = host_.parts().http->start(request_.out, std::move(callbacks));
}

void HttpCall::on_head(int status, const net::HttpHeaders& headers) {
  const std::lock_guard lock(mutex_);
  status_ = status;
  headers_ = headers;
  swallow_ = request_.is_redirect(status);
}

bool HttpCall::on_chunk(std::string_view chunk) {
  const std::lock_guard lock(mutex_);
  if (swallow_) return true;
  chunks_.emplace_back(chunk);
  waiting_bytes_ += chunk.size();
  schedule();
  paused_ = waiting_bytes_ >= kWindow;
  return !paused_;
}

void HttpCall::on_done(net::HttpOutcome outcome) {
  host_.breaker().note(request_.out.url, outcome);
  const std::lock_guard lock(mutex_);
  outcome_.emplace(std::move(outcome));
  schedule();
}

void HttpCall::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  const auto job = std::make_shared<Pump>(shared_from_this());
  op_->executor()->post([job] { job->run(); });
}

void HttpCall::pump() {
  for (;;) {
    std::optional<std::string> chunk;
    std::optional<net::HttpOutcome> outcome;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      if (finished_ || op_->done()) {  // nobody listens: only the end matters still
        chunks_.clear();
        waiting_bytes_ = 0;
      }
      if (chunks_.empty() && outcome_) {
        outcome = std::move(outcome_);
        outcome_.reset();
      } else if (chunks_.empty() || op_->chunks_full()) {
        scheduled_ = false;  // resume_chunks() or the next piece comes back here
        return;
      } else {
        chunk = std::move(chunks_.front());
        chunks_.pop_front();
        waiting_bytes_ -= chunk->size();
        if (paused_ && waiting_bytes_ < kWindow / 2) {
          paused_ = false;
          host_.parts().http->resume(id_);
        }
      }
    }
    if (outcome) {
      {
        const std::lock_guard lock(mutex_);
        scheduled_ = false;
      }
      deliver_end(std::move(*outcome));
      return;
    }
    const HttpResponseView response(status_, headers_, *chunk, false);
    deliver(response);
  }
}

comms_status HttpCall::call_plugin(const HttpResponseView& response) {
  return host_.timed("http response",
                     [&] { return callback_(user_, op_->handle(), response.get()); });
}

void HttpCall::deliver(const HttpResponseView& response) {
  const comms_status status = call_plugin(response);
  if (status == COMMS_PENDING || status == COMMS_BACKPRESSURE) return;
  finished_ = true;
  host_.parts().http->cancel(id_);
  op_->continued(status);
}

void HttpCall::deliver_end(net::HttpOutcome outcome) {
  const bool counts = !request_.out.idempotent;
  Op::Sent sent = Op::Sent::nothing;
  if (counts && outcome) sent = Op::Sent::answered;
  if (counts && !outcome && outcome.error().may_have_reached_peer) sent = Op::Sent::unanswered;

  if (finished_ || op_->done()) {
    end(sent);
    return;
  }
  if (outcome) {
    if (auto next = request_.redirected(*outcome)) {
      request_.out = std::move(*next);
      request_.out.total_timeout = std::min(request_.out.total_timeout, op_->remaining());
      --request_.redirects_left;
      start();
      return;
    }
  } else if (try_again(outcome.error())) {
    return;
  }

  const std::shared_ptr<Op> op = op_;
  const auto self = shared_from_this();
  comms_status status = COMMS_INTERNAL;
  if (!outcome) {
    const HttpResponseView response(outcome.error());
    status = call_plugin(response);
  } else {
    const HttpResponseView response(outcome->status, outcome->headers, outcome->body, true);
    status = call_plugin(response);
  }
  end(sent);
  op->continued(status);
}

/// A request that may be done twice is tried up to three times when nothing of an answer was
/// handed on yet. Anything else is the pipelines' decision: they know what a send costs.
bool HttpCall::try_again(const net::TransportFailure& failure) {
  using Kind = net::TransportFailure::Kind;
  const bool worth_it = failure.kind == Kind::not_sent || failure.kind == Kind::maybe_sent;
  if (!request_.out.idempotent || !worth_it || failure.status != 0 || tries_ >= 3) return false;
  std::array<std::uint8_t, 1> jitter{};
  host_.parts().random.fill(jitter);
  const auto wait = std::chrono::milliseconds(100 * tries_ + jitter[0]);
  if (wait >= op_->remaining()) return false;
  retry_ = op_->executor()->start_timer(wait, [self = shared_from_this()] {
    self->retry_ = 0;
    self->request_.out.total_timeout =
        std::min(self->request_.out.total_timeout, self->op_->remaining());
    self->start();
  });
  return true;
}

void HttpCall::cancel() {
  if (ended_) return;
  finished_ = true;
  if (retry_ != 0) {  // between two tries there is nothing to wait for
    op_->executor()->cancel_timer(std::exchange(retry_, 0));
    end(Op::Sent::nothing);
    return;
  }
  host_.parts().http->cancel(id_);
  // A transfer that is over already, its end held back behind chunks nobody takes, says so now.
  const std::lock_guard lock(mutex_);
  if (outcome_ || !chunks_.empty()) schedule();
}

void HttpCall::resume_chunks() {
  const std::lock_guard lock(mutex_);
  if (!chunks_.empty() || outcome_) schedule();
}

void HttpCall::end(Op::Sent sent) {
  if (ended_) return;
  ended_ = true;
  host_.release_request();
  let_go();
  const std::shared_ptr<Op> op = op_;
  op->part_ended(this, sent);
}

void HttpCall::abandon() {
  op_->abandon();
}

}  // namespace commsd::plugin
