#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "net/event_handler.h"
#include "net/output_queue.h"
#include "net/server_core.h"
#include "net/timer_wheel.h"
#include "net/transport.h"
#include "net/websocket.h"
#include "net/websocket_codec.h"

namespace commsd::net {

/// A WebSocket on a socket that an HttpConnection has given away. All but the WebSocket interface
/// belongs to its loop.
class WebSocketConnection final : public WebSocket,
                                  public EventHandler,
                                  public TimerNode,
                                  public OpenPeer {
 public:
  /// `received` is what came behind the handshake, `response` the 101 to be sent.
  WebSocketConnection(std::shared_ptr<ServerCore> core, ServerLoop& server,
                      std::unique_ptr<Transport> transport,
                      std::shared_ptr<ClientLimiter::Slot> slot, std::string subprotocol,
                      std::string received, std::string response);
  ~WebSocketConnection() override;

  /// [any thread] Moves in on its loop.
  void open();

  void start(Callbacks callbacks) override;
  bool send(MessageKind kind, std::string_view data) override;
  void close(std::uint16_t code, std::string_view reason) override;
  std::size_t queued() const override;
  const std::string& subprotocol() const override { return subprotocol_; }
  EventLoop& loop() override { return server_.loop; }

  void on_events(std::uint32_t events) override;
  void drain() override;
  void abort() override;

 private:
  std::shared_ptr<WebSocketConnection> self() {
    return std::static_pointer_cast<WebSocketConnection>(shared_from_this());
  }
  void on_timer() override;
  void read_input();
  void consume(std::string_view data);
  bool enqueue(WebSocketOpcode opcode, std::string_view payload);
  bool queue_close(std::uint16_t code, std::string_view reason);
  void deliver();
  void finish(std::uint16_t code, std::string_view reason);
  void flush();
  void end(std::uint16_t code, std::string_view reason);
  void update_interest();

  const std::shared_ptr<ServerCore> core_;
  ServerLoop& server_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<ClientLimiter::Slot> slot_;
  const std::string subprotocol_;
  Callbacks callbacks_;
  WebSocketDecoder decoder_;
  OutputQueue output_;
  std::string received_;  // before start()
  std::uint32_t interest_ = 0;
  int quiet_intervals_ = 0;  // since the peer was heard
  bool started_ = false;
  bool opened_ = false;
  bool close_received_ = false;
  bool ended_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::string queued_;
  std::size_t unsent_ = 0;
  bool flush_posted_ = false;
  bool closing_ = false;  // a close frame was queued: nothing may follow
  std::uint16_t final_code_ = 1006;
  std::string final_reason_;
  bool overflow_ = false;
};

}  // namespace commsd::net
