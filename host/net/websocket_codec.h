#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace commsd::net {

enum class WebSocketRole { server, client };

enum class WebSocketOpcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// Reads RFC 6455 frames from bytes in pieces of any size and puts fragments together. Knows no
/// sockets. One thread.
class WebSocketDecoder {
 public:
  enum class Event {
    need_more,  // all of the input was consumed
    message,    // opcode() is text or binary; payload()
    ping,       // payload() is to be sent back
    pong,
    close,   // close_code() (1005 when the frame has none), payload() is the reason
    failed,  // close_code() is what to close with (RFC 6455, section 7.4.1)
  };
  struct Step {
    Event event;
    std::size_t consumed;
  };

  /// `role` is ours: a server takes masked frames only, a client unmasked ones only.
  WebSocketDecoder(WebSocketRole role, std::size_t max_message);

  Step feed(std::string_view input);

  WebSocketOpcode opcode() const { return message_opcode_; }
  /// Valid until the next feed().
  std::string_view payload() const { return payload_; }
  std::uint16_t close_code() const { return close_code_; }

 private:
  bool parse_header();
  Step finish_frame(std::size_t consumed);
  Step finish_close(std::size_t consumed);
  Step fail(std::uint16_t code);
  bool is_control() const { return (static_cast<std::uint8_t>(opcode_) & 8) != 0; }

  const WebSocketRole role_;
  const std::size_t max_message_;
  std::array<unsigned char, 14> header_{};
  std::size_t header_size_ = 0;  // received
  std::size_t header_wanted_ = 2;
  bool in_payload_ = false;
  bool final_ = false;
  WebSocketOpcode opcode_ = WebSocketOpcode::continuation;
  std::uint64_t payload_left_ = 0;
  std::array<unsigned char, 4> mask_{};
  std::size_t mask_at_ = 0;
  bool message_open_ = false;  // fragments are being collected
  bool message_delivered_ = false;
  WebSocketOpcode message_opcode_ = WebSocketOpcode::text;
  std::string message_;
  std::string control_;
  std::string_view payload_;
  std::uint16_t close_code_ = 0;
  bool failed_ = false;
};

/// Appends one final frame. `mask` is needed in the client's role and null in the server's.
void append_websocket_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                            const std::array<unsigned char, 4>* mask = nullptr);

/// The payload of a close frame; `reason` is cut at 123 bytes.
std::string websocket_close_payload(std::uint16_t code, std::string_view reason);

}  // namespace commsd::net
