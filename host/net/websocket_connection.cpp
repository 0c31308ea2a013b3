#include "net/websocket_connection.h"

#include <chrono>
#include <exception>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

#include "telemetry/log.h"

namespace commsd::net {

namespace {

constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t abnormal = 1006;
constexpr std::uint16_t internal_error = 1011;
constexpr std::uint16_t try_again_later = 1013;
constexpr std::chrono::milliseconds close_deadline{5'000};
constexpr int max_quiet_intervals = 3;

}  // namespace

WebSocketConnection::WebSocketConnection(std::shared_ptr<ServerCore> core, ServerLoop& server,
                                         std::unique_ptr<Transport> transport,
                                         std::shared_ptr<ClientLimiter::Slot> slot,
                                         std::string subprotocol, std::string received,
                                         std::string response)
    : core_(std::move(core)),
      server_(server),
      transport_(std::move(transport)),
      slot_(std::move(slot)),
      subprotocol_(std::move(subprotocol)),
      decoder_(WebSocketRole::server, max_message),
      received_(std::move(received)),
      queued_(std::move(response)) {}

WebSocketConnection::~WebSocketConnection() = default;

void WebSocketConnection::open() {
  server_.loop.post([own = self()] {
    own->server_.counters.connections_open.add();
    own->server_.counters.websockets_open.add();
    own->server_.add(own);
    own->opened_ = true;
    try {
      own->server_.loop.add(own->transport_->descriptor(), 0, *own);
    } catch (const std::system_error& error) {
      log::error("connection_not_watched", {{"code", error.code().value()}});
      own->end(abnormal, {});
      return;
    }
    own->server_.loop.arm_coarse(*own, own->core_->options.websocket_ping);
    own->flush();
  });
}

void WebSocketConnection::start(Callbacks callbacks) {
  server_.loop.post([own = self(), callbacks = std::move(callbacks)]() mutable {
    if (own->ended_) {
      // final_code_ does not change any more.
      if (callbacks.on_close) callbacks.on_close(own->final_code_, own->final_reason_);
      return;
    }
    own->callbacks_ = std::move(callbacks);
    own->started_ = true;
    const std::string received = std::exchange(own->received_, {});
    if (!received.empty()) own->consume(received);
    if (own->ended_) return;
    own->flush();
    if (!own->ended_ && own->transport_->pending()) own->read_input();
    own->update_interest();
  });
}

bool WebSocketConnection::send(MessageKind kind, std::string_view data) {
  return enqueue(kind == MessageKind::text ? WebSocketOpcode::text : WebSocketOpcode::binary, data);
}

bool WebSocketConnection::enqueue(WebSocketOpcode opcode, std::string_view payload) {
  bool post = false;
  bool accepted = false;
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || overflow_) return false;
    accepted = queued_.size() + unsent_ + payload.size() <= max_queued;
    if (accepted) {
      append_websocket_frame(queued_, opcode, payload);
    } else {
      overflow_ = true;
    }
    post = !std::exchange(flush_posted_, true);
  }
  if (post) server_.loop.post([own = self()] { own->flush(); });
  return accepted;
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (!queue_close(code, reason)) return;
  server_.loop.post([own = self()] {
    if (own->ended_) return;
    own->server_.loop.arm_coarse(*own, close_deadline);
    own->flush();
  });
}

/// Queues our close frame, the last; false when there is one already. The code is noted together
/// with it, because the peer's answer may come before the caller has done anything else.
bool WebSocketConnection::queue_close(std::uint16_t code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (closing_ || overflow_) return false;
  closing_ = true;
  final_code_ = code;
  final_reason_ = std::string(reason);
  append_websocket_frame(queued_, WebSocketOpcode::close, websocket_close_payload(code, reason));
  return true;
}

std::size_t WebSocketConnection::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_.size() + unsent_;
}

void WebSocketConnection::on_events(std::uint32_t events) {
  const auto own = self();
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    end(abnormal, {});
    return;
  }
  if ((events & EPOLLOUT) != 0) flush();
  if (!ended_ && ((events & EPOLLIN) != 0 || transport_->wants_write())) read_input();
  update_interest();
}

void WebSocketConnection::read_input() {
  const auto own = self();
  do {
    const Transport::Outcome outcome = transport_->read(server_.input.data(), server_.input.size());
    if (outcome.status == Transport::Status::again) return;
    if (outcome.status != Transport::Status::ok) {
      end(abnormal, {});
      return;
    }
    server_.counters.bytes_received.add(outcome.bytes);
    quiet_intervals_ = 0;
    consume({server_.input.data(), outcome.bytes});
  } while (!ended_ && transport_->pending());
}

void WebSocketConnection::consume(std::string_view data) {
  const auto own = self();
  while (!ended_ && !close_received_) {
    const WebSocketDecoder::Step step = decoder_.feed(data);
    data.remove_prefix(step.consumed);
    switch (step.event) {
      case WebSocketDecoder::Event::need_more:
        return;
      case WebSocketDecoder::Event::message:
        deliver();
        break;
      case WebSocketDecoder::Event::ping:
        enqueue(WebSocketOpcode::pong, decoder_.payload());
        break;
      case WebSocketDecoder::Event::pong:
        break;
      case WebSocketDecoder::Event::close:
        finish(decoder_.close_code(), decoder_.payload());
        break;
      case WebSocketDecoder::Event::failed:
        server_.counters.malformed.add();
        finish(decoder_.close_code(), {});
        break;
    }
  }
}

void WebSocketConnection::deliver() {
  if (!callbacks_.on_message) return;
  const MessageKind kind =
      decoder_.opcode() == WebSocketOpcode::text ? MessageKind::text : MessageKind::binary;
  try {
    callbacks_.on_message(kind, decoder_.payload());
  } catch (const std::exception& error) {
    log::error("websocket_handler_failed", {{"cause", error.what()}});
    close(internal_error, {});
  }
}

/// The peer's part is over, by its close frame or its fault: answers in kind, then ends. A close
/// that was ours keeps our code.
void WebSocketConnection::finish(std::uint16_t code, std::string_view reason) {
  close_received_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (!closing_ && !overflow_) {
      closing_ = true;
      final_code_ = code;
      final_reason_ = std::string(reason);
      append_websocket_frame(queued_, WebSocketOpcode::close, websocket_close_payload(code, {}));
    }
  }
  server_.loop.arm_coarse(*this, close_deadline);
  flush();
}

void WebSocketConnection::flush() {
  if (ended_ || !opened_) return;
  std::string bytes;
  bool overflow = false;
  std::uint16_t code = abnormal;
  std::string reason;
  {
    const std::lock_guard lock(mutex_);
    flush_posted_ = false;
    if (close_received_) {
      code = final_code_;
      reason = final_reason_;
    }
    bytes.swap(queued_);
    overflow = overflow_;
  }
  std::size_t sent = 0;
  const OutputQueue::State state = output_.write(*transport_, bytes, sent);
  server_.counters.bytes_sent.add(sent);
  {
    const std::lock_guard lock(mutex_);
    unsent_ = output_.size();
  }
  if (overflow) {
    server_.counters.streams_overflowed.add();
    end(try_again_later, "the peer reads too slowly");
  } else if (state == OutputQueue::State::failed) {
    end(abnormal, {});
  } else if (close_received_ && output_.empty()) {
    end(code, reason);
  } else {
    update_interest();
  }
}

void WebSocketConnection::on_timer() {
  const auto own = self();
  bool closing = false;
  std::uint16_t code = abnormal;
  std::string reason;
  {
    const std::lock_guard lock(mutex_);
    closing = closing_;
    if (closing) {
      code = final_code_;
      reason = final_reason_;
    }
  }
  if (closing || ++quiet_intervals_ > max_quiet_intervals) {
    server_.counters.timed_out.add();
    end(code, reason);
    return;
  }
  enqueue(WebSocketOpcode::ping, {});
  server_.loop.arm_coarse(*this, core_->options.websocket_ping);
}

void WebSocketConnection::end(std::uint16_t code, std::string_view reason) {
  if (ended_) return;
  const auto own = self();
  const std::string told(reason);
  ended_ = true;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    final_code_ = code;
    final_reason_ = told;
    queued_ = {};
  }
  server_.loop.remove(transport_->descriptor());
  server_.loop.disarm(*this);
  transport_->shutdown_write();
  transport_.reset();
  slot_.reset();
  server_.counters.connections_open.subtract();
  server_.counters.websockets_open.subtract();
  server_.remove(own);
  const Callbacks callbacks = std::exchange(callbacks_, {});
  if (callbacks.on_close) callbacks.on_close(code, told);
}

/// A call in progress is work in flight: sockets of the voice loop end by themselves, or when the
/// time for draining is over.
void WebSocketConnection::drain() {
  if (&server_ != &core_->voice()) close(going_away, "the server is stopping");
}

void WebSocketConnection::abort() {
  end(going_away, "the server is stopping");
}

void WebSocketConnection::update_interest() {
  if (ended_) return;
  std::uint32_t wanted = 0;
  if (started_ && !close_received_) wanted = EPOLLIN;
  if (!output_.empty() || transport_->wants_write()) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  server_.loop.modify(transport_->descriptor(), wanted);
}

}  // namespace commsd::net
