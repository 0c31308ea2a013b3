#include "plugin/services/ws_call.h"

#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

comms_status to_transport(net::WsEnd::Kind kind) {
  switch (kind) {
    case net::WsEnd::Kind::closed:
      return COMMS_OK;
    case net::WsEnd::Kind::refused_by_egress:
      return COMMS_DENIED;
    case net::WsEnd::Kind::timeout:
      return COMMS_TIMEOUT;
    default:
      return COMMS_UNAVAILABLE;
  }
}

}  // namespace

WsCall::WsCall(std::shared_ptr<InstanceMonitor> monitor, std::shared_ptr<Op> op,
               std::shared_ptr<Session> session, const comms_ws_events& events, void* user,
               void (*release)(void*))
    : monitor_(std::move(monitor)),
      op_(std::move(op)),
      session_(std::move(session)),
      events_(events),
      user_(user),
      release_(release) {}

WsCall::~WsCall() {
  let_go();
}

void WsCall::let_go() {
  if (!release_) return;
  const Blame blame(monitor_->blame());
  std::exchange(release_, nullptr)(user_);
}

void WsCall::start(net::WsClient& client, net::WsRequest request) {
  const auto self = shared_from_this();
  net::WsCallbacks callbacks;
  callbacks.on_open = [self](const std::string&) { self->on_open(); };
  callbacks.on_message = [self](bool text, std::string message) {
    self->on_message(text, std::move(message));
  };
  callbacks.on_end = [self](const net::WsEnd& how) { self->on_end(how); };
  socket_ = client.connect(std::move(request), std::move(callbacks), executor());
}

comms_status WsCall::send(bool text, std::string_view message) {
  if (finished_ || ended_) return COMMS_UNAVAILABLE;
  switch (socket_->send(text, message)) {
    case net::WsSocket::Queued::yes:
      return COMMS_OK;
    case net::WsSocket::Queued::full:
      return COMMS_BACKPRESSURE;
    default:
      return COMMS_UNAVAILABLE;
  }
}

void WsCall::close(std::uint16_t code, std::string_view reason) {
  if (socket_) socket_->close(code, reason);
}

template <typename Call>
bool WsCall::tell(Call call) {
  const auto self = shared_from_this();
  calling_ = true;
  const comms_status status = monitor_->timed("websocket", call);
  calling_ = false;
  const bool goes_on = status == COMMS_PENDING || (session_ && status == COMMS_OK) ||
                       (op_ && status == COMMS_BACKPRESSURE);
  if (goes_on && !finished_) return true;

  const std::shared_ptr<Op> op = op_;
  socket_->close(1000, "");
  end();
  if (op) op->continued(status);
  return false;
}

void WsCall::on_open() {
  if (finished_ || ended_ || !events_.opened) return;
  tell([this] { return events_.opened(user_, handle()); });
}

void WsCall::on_message(bool text, std::string message) {
  if (finished_ || ended_) return;
  held_.emplace_back(text, std::move(message));
  deliver_held();
}

void WsCall::on_end(const net::WsEnd& how) {
  if (ended_) return;
  held_end_ = how;
  deliver_held();
}

void WsCall::deliver_held() {
  const auto self = shared_from_this();
  while (!ended_ && !finished_ && !held_.empty()) {
    if (op_ && op_->chunks_full()) {
      socket_->pause();
      return;
    }
    const std::pair<bool, std::string> held = std::move(held_.front());
    held_.pop_front();
    if (!events_.frame) continue;
    const bool goes_on = tell(
        [&] { return events_.frame(user_, handle(), held.first ? 1 : 0, to_bytes(held.second)); });
    if (!goes_on) return;
  }
  if (ended_ || !held_end_) return;
  if (finished_ || !events_.closed) {
    end();
    return;
  }
  comms_ws_close how{};
  how.size = sizeof how;
  how.code = held_end_->code;
  how.transport = to_transport(held_end_->kind);
  how.http_status = held_end_->http_status;
  how.reason = to_str(held_end_->reason);
  calling_ = true;
  const comms_status status =
      monitor_->timed("websocket", [&] { return events_.closed(user_, handle(), &how); });
  calling_ = false;
  const std::shared_ptr<Op> op = op_;
  end();
  if (op) op->continued(status);
}

void WsCall::resume_chunks() {
  if (ended_) return;
  deliver_held();
  if (!ended_ && held_.empty()) socket_->resume();
}

void WsCall::cancel() {
  if (ended_) return;
  finished_ = true;
  socket_->abort();
  if (!calling_) end();  // else the plugin's frame still uses what release() would free
}

void WsCall::end() {
  if (ended_) return;
  ended_ = true;
  const auto self = shared_from_this();
  held_.clear();
  socket_.reset();  // whose callbacks hold this: a circle, should the executor stop before on_end
  let_go();
  if (op_) {
    op_->part_ended(this, Op::Sent::nothing);
  } else {
    session_->part_ended(this);
  }
}

}  // namespace commsd::plugin
