#include "net/websocket_codec.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::net {

namespace {

constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t invalid_payload = 1007;
constexpr std::uint16_t message_too_big = 1009;
constexpr std::size_t max_control_payload = 125;
constexpr std::size_t max_close_reason = max_control_payload - 2;

bool valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

bool known_opcode(std::uint8_t opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

}  // namespace

WebSocketDecoder::WebSocketDecoder(WebSocketRole role, std::size_t max_message)
    : role_(role), max_message_(max_message) {}

WebSocketDecoder::Step WebSocketDecoder::fail(std::uint16_t code) {
  failed_ = true;
  close_code_ = code;
  payload_ = {};
  return {Event::failed, 0};
}

WebSocketDecoder::Step WebSocketDecoder::feed(std::string_view input) {
  if (failed_) return {Event::failed, 0};
  payload_ = {};
  if (message_delivered_) {
    message_.clear();
    if (message_.capacity() > std::size_t{16} * 1024) message_.shrink_to_fit();
    message_delivered_ = false;
  }
  std::size_t i = 0;
  while (true) {
    while (!in_payload_) {
      if (header_size_ < header_wanted_) {
        if (i == input.size()) return {Event::need_more, i};
        header_[header_size_++] = static_cast<unsigned char>(input[i++]);
        continue;
      }
      if (!parse_header()) return {Event::failed, i};
    }
    std::string& target = is_control() ? control_ : message_;
    const auto taken =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, input.size() - i));
    const std::size_t before = target.size();
    target.append(input.substr(i, taken));
    if (role_ == WebSocketRole::server) {
      for (std::size_t at = before; at < target.size(); ++at)
        target[at] =
            static_cast<char>(static_cast<unsigned char>(target[at]) ^ mask_[mask_at_++ & 3]);
    }
    i += taken;
    payload_left_ -= taken;
    if (payload_left_ > 0) return {Event::need_more, i};
    const Step step = finish_frame(i);
    if (step.event != Event::need_more) return step;
  }
}

/// Reads as much of the header as is there; asks for more or starts the payload. False: failed.
bool WebSocketDecoder::parse_header() {
  const bool masked = (header_[1] & 0x80) != 0;
  const unsigned length = header_[1] & 0x7fU;
  if (header_wanted_ == 2) {
    const std::uint8_t opcode = header_[0] & 0x0f;
    opcode_ = static_cast<WebSocketOpcode>(opcode);
    final_ = (header_[0] & 0x80) != 0;
    const bool wrong_fragment =
        !is_control() && (opcode_ == WebSocketOpcode::continuation) != message_open_;
    if ((header_[0] & 0x70) != 0 || !known_opcode(opcode) || wrong_fragment ||
        masked != (role_ == WebSocketRole::server) ||
        (is_control() && (!final_ || length > max_control_payload))) {
      fail(protocol_error);
      return false;
    }
    header_wanted_ = 2U + (length == 126 ? 2U : length == 127 ? 8U : 0U) + (masked ? 4U : 0U);
    if (header_wanted_ > 2) return true;
  }
  std::size_t at = 2;
  payload_left_ = length;
  if (length >= 126) {
    const std::size_t size = length == 126 ? 2 : 8;
    payload_left_ = 0;
    for (; at < 2 + size; ++at) payload_left_ = payload_left_ << 8 | header_[at];
    if (payload_left_ < (size == 2 ? 126U : 65536U)) {  // section 5.2: the shortest form
      fail(protocol_error);
      return false;
    }
  }
  if (masked) std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());
  mask_at_ = 0;
  if (is_control()) {
    control_.clear();
  } else {
    if (payload_left_ > max_message_ - message_.size()) {
      fail(message_too_big);
      return false;
    }
    if (!message_open_) message_opcode_ = opcode_;
    message_open_ = true;
  }
  in_payload_ = true;
  return true;
}

WebSocketDecoder::Step WebSocketDecoder::finish_frame(std::size_t consumed) {
  in_payload_ = false;
  header_size_ = 0;
  header_wanted_ = 2;
  if (is_control()) {
    payload_ = control_;
    if (opcode_ == WebSocketOpcode::ping) return {Event::ping, consumed};
    if (opcode_ == WebSocketOpcode::pong) return {Event::pong, consumed};
    return finish_close(consumed);
  }
  if (!final_) return {Event::need_more, consumed};
  message_open_ = false;
  message_delivered_ = true;
  if (message_opcode_ == WebSocketOpcode::text && !is_valid_utf8(message_))
    return fail(invalid_payload);
  payload_ = message_;
  return {Event::message, consumed};
}

WebSocketDecoder::Step WebSocketDecoder::finish_close(std::size_t consumed) {
  if (control_.empty()) {
    close_code_ = no_status;
    return {Event::close, consumed};
  }
  if (control_.size() == 1) return fail(protocol_error);
  close_code_ = static_cast<std::uint16_t>(static_cast<unsigned char>(control_[0]) << 8 |
                                           static_cast<unsigned char>(control_[1]));
  payload_.remove_prefix(2);
  if (!valid_close_code(close_code_)) return fail(protocol_error);
  if (!is_valid_utf8(payload_)) return fail(invalid_payload);
  return {Event::close, consumed};
}

void append_websocket_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                            const std::array<unsigned char, 4>* mask) {
  const unsigned mask_bit = mask != nullptr ? 0x80U : 0U;
  out.push_back(static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  const auto length_byte = [&](unsigned value) {
    out.push_back(static_cast<char>(mask_bit | value));
  };
  if (payload.size() < 126) {
    length_byte(static_cast<unsigned>(payload.size()));
  } else {
    const int bytes = payload.size() < 65536 ? 2 : 8;
    length_byte(bytes == 2 ? 126 : 127);
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(std::uint64_t{payload.size()} >> shift & 0xff));
  }
  if (mask == nullptr) {
    out.append(payload);
    return;
  }
  out.append(reinterpret_cast<const char*>(mask->data()), mask->size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    out.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ (*mask)[i & 3]));
}

std::string websocket_close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code == no_status) return payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xff));
  std::string_view cut = reason.substr(0, max_close_reason);
  while (!cut.empty() && !is_valid_utf8(cut)) cut.remove_suffix(1);
  payload.append(cut);
  return payload;
}

}  // namespace commsd::net
