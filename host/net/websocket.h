#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/event_loop.h"

namespace commsd::net {

enum class MessageKind { text, binary };

/// The server's end of an RFC 6455 connection, without extensions. It lives on one loop: its
/// connection's, or the voice loop for routes of Lane::voice. Pings are answered by itself, and it
/// pings a quiet peer; text is checked to be UTF-8.
///
/// Why not Poco::Net::WebSocket: on 1.11 three bytes of a frame stop the whole loop for a minute
/// (poco issue 1895).
class WebSocket : public std::enable_shared_from_this<WebSocket> {
 public:
  static constexpr std::size_t max_message = std::size_t{1024} * 1024;  // bytes; longer: close 1009
  static constexpr std::size_t max_queued =
      std::size_t{256} * 1024;  // bytes; more: dropped with 1013

  struct Callbacks {
    /// [the socket's loop] `data` is valid during the call.
    std::function<void(MessageKind kind, std::string_view data)> on_message;
    /// [the socket's loop] Once, the last call. `code` is the peer's or ours (RFC 6455 section
    /// 7.4), 1006 when the connection broke. Both callbacks are destroyed afterwards.
    std::function<void(std::uint16_t code, std::string_view reason)> on_close;
  };

  virtual ~WebSocket() = default;

  /// [any thread] Nothing is read before this, so that no message can be missed. Call once.
  virtual void start(Callbacks callbacks) = 0;

  /// [any thread] False when the socket is closing or its queue is full (then it closes).
  virtual bool send(MessageKind kind, std::string_view data) = 0;
  bool send_text(std::string_view data) { return send(MessageKind::text, data); }
  bool send_binary(std::string_view data) { return send(MessageKind::binary, data); }

  /// [any thread] Starts the closing handshake after what was sent; the peer has 5 s to answer.
  virtual void close(std::uint16_t code = 1000, std::string_view reason = {}) = 0;

  /// [any thread] Bytes waiting to leave: what a voice call reads to drop audio on barge-in.
  virtual std::size_t queued() const = 0;

  /// The negotiated subprotocol; may be empty.
  virtual const std::string& subprotocol() const = 0;
  virtual EventLoop& loop() = 0;
};

}  // namespace commsd::net
