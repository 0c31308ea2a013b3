#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commsd::net {

enum class WsOpcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

/// Appends one whole client frame: FIN set, masked with `mask` (RFC 6455 section 5.3).
void append_ws_frame(std::string& out, WsOpcode opcode, std::string_view payload,
                     const std::array<std::uint8_t, 4>& mask);

/// Payload of a close frame; `reason` is cut to 123 bytes at a character's edge.
std::string ws_close_payload(std::uint16_t code, std::string_view reason);

/// Reads server frames from bytes in any pieces and puts fragments together.
class WsFrameReader {
 public:
  explicit WsFrameReader(std::size_t max_message) : max_message_(max_message) {}

  struct Message {
    WsOpcode opcode = WsOpcode::text;  // text, binary, close, ping or pong
    std::string payload;
    std::uint16_t close_code = 1005;  // of a close frame; 1005 = none stated
  };

  void feed(std::string_view bytes) { buffer_.append(bytes); }
  /// The next whole message or control frame; empty when more bytes are needed or error() is set.
  std::optional<Message> next();
  /// 0, or the close code for what the peer did wrong: 1002 protocol, 1007 text that is not UTF-8,
  /// 1009 message over the limit.
  std::uint16_t error() const { return error_; }

 private:
  std::optional<Message> fail(std::uint16_t code);
  std::optional<Message> control(WsOpcode opcode, std::string payload);

  const std::size_t max_message_;
  std::string buffer_;
  std::string fragments_;
  std::optional<WsOpcode> fragmented_;
  std::uint16_t error_ = 0;
};

}  // namespace commsd::net
