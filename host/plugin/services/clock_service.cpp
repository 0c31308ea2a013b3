#include <chrono>

#include "plugin/services/op.h"
#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"

namespace commsd::plugin {

namespace {

/// A delay of one op. Lives in the op's parts until it fired or was cancelled.
class Delay final : public Op::Part, public std::enable_shared_from_this<Delay> {
 public:
  Delay(std::shared_ptr<InstanceMonitor> monitor, std::shared_ptr<Op> op, comms_clock_cb callback,
        void* user, void (*release)(void*))
      : monitor_(std::move(monitor)),
        op_(std::move(op)),
        callback_(callback),
        user_(user),
        release_(release) {}
  ~Delay() override { let_go(); }

  void start(std::chrono::milliseconds delay) {
    timer_ = op_->executor()->start_timer(delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->fire();
    });
  }

  void cancel() override {
    if (!op_ || firing_) return;  // the callback's end ends it, not something inside of it
    op_->executor()->cancel_timer(timer_);
    end();
  }
  void resume_chunks() override {}

 private:
  void fire() {
    const auto self = shared_from_this();
    const std::shared_ptr<Op> op = op_;
    firing_ = true;
    const comms_status status =
        monitor_->timed("delay", [&] { return callback_(user_, op->handle()); });
    end();
    op->continued(status);
  }

  void end() {
    const auto self = shared_from_this();
    const std::shared_ptr<Op> op = std::move(op_);
    if (!op) return;
    let_go();
    op->part_ended(this, Op::Sent::nothing);
  }

  void let_go() {
    if (!release_) return;
    const Blame blame(monitor_->blame());
    std::exchange(release_, nullptr)(user_);
  }

  const std::shared_ptr<InstanceMonitor> monitor_;
  std::shared_ptr<Op> op_;
  comms_clock_cb callback_;
  void* user_;
  void (*release_)(void*);
  Executor::TimerId timer_ = 0;
  bool firing_ = false;
};

std::int64_t now_ms(const comms_host* host) {
  return ServiceHost::from(host).parts().clock.now();
}

std::int64_t monotonic_ms(const comms_host*) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

comms_status delay(const comms_host* host, comms_op* handle, std::uint32_t delay_ms,
                   comms_clock_cb callback, void* user, void (*release)(void*)) {
  Op* op = handle ? Op::from(handle) : nullptr;
  comms_status refused = COMMS_OK;
  if (!op || !callback || !op->executor()) {
    refused = COMMS_INVALID;
  } else if (op->done()) {
    refused = COMMS_CANCELLED;
  } else if (std::chrono::milliseconds(delay_ms) >= op->remaining()) {
    refused = COMMS_TIMEOUT;
  }
  if (refused != COMMS_OK) {
    if (release) release(user);
    return refused;
  }
  const auto part = std::make_shared<Delay>(ServiceHost::from(host).monitor(),
                                            op->shared_from_this(), callback, user, release);
  op->part_began(part);
  part->start(std::chrono::milliseconds(delay_ms));
  return COMMS_PENDING;
}

}  // namespace

const comms_svc_clock kClockService = {sizeof(comms_svc_clock), 0, now_ms, monotonic_ms, delay};

}  // namespace commsd::plugin
