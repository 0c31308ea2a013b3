#include "net/ws_client_frame.h"

#include "base/text.h"

namespace commsd::net {

namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

bool may_be_on_the_wire(std::uint16_t code) {
  // RFC 6455 section 7.4 and the IANA registry: 1004-1006 and 1015 are never sent.
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

void append_ws_frame(std::string& out, WsOpcode opcode, std::string_view payload,
                     const std::array<std::uint8_t, 4>& mask) {
  out += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
  const std::size_t size = payload.size();
  if (size < 126) {
    out += static_cast<char>(0x80 | size);
  } else if (size <= 0xffff) {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 0xff);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  }
  for (const std::uint8_t part : mask) out += static_cast<char>(part);
  for (std::size_t i = 0; i < size; ++i) {
    out += static_cast<char>(byte_at(payload, i) ^ mask[i % 4]);
  }
}

std::string ws_close_payload(std::uint16_t code, std::string_view reason) {
  std::size_t length = std::min<std::size_t>(reason.size(), 123);
  while (length > 0 && length < reason.size() && (byte_at(reason, length) & 0xc0) == 0x80) --length;
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  payload += reason.substr(0, length);
  return payload;
}

std::optional<WsFrameReader::Message> WsFrameReader::fail(std::uint16_t code) {
  error_ = code;
  return std::nullopt;
}

std::optional<WsFrameReader::Message> WsFrameReader::next() {
  while (error_ == 0) {
    if (buffer_.size() < 2) return std::nullopt;
    const bool final = (byte_at(buffer_, 0) & 0x80) != 0;
    const auto opcode = static_cast<WsOpcode>(byte_at(buffer_, 0) & 0x0f);
    const bool is_control = (byte_at(buffer_, 0) & 0x08) != 0;
    if ((byte_at(buffer_, 0) & 0x70) != 0) return fail(1002);  // no extension was agreed on
    if ((byte_at(buffer_, 1) & 0x80) != 0) return fail(1002);  // servers do not mask

    std::uint64_t length = byte_at(buffer_, 1) & 0x7f;
    std::size_t head = 2;
    if (length >= 126) {
      if (is_control) return fail(1002);
      const std::size_t width = length == 126 ? 2 : 8;
      head += width;
      if (buffer_.size() < head) return std::nullopt;
      length = 0;
      for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte_at(buffer_, i);
      if (length < (width == 2 ? 126U : 0x10000U)) return fail(1002);  // not the shortest form
    }
    if (is_control && !final) return fail(1002);
    if (length > max_message_ - std::min(max_message_, fragments_.size())) return fail(1009);
    if (buffer_.size() < head + length) return std::nullopt;
    std::string payload = buffer_.substr(head, static_cast<std::size_t>(length));
    buffer_.erase(0, head + static_cast<std::size_t>(length));

    if (is_control) return control(opcode, std::move(payload));
    if (opcode == WsOpcode::continuation) {
      if (!fragmented_) return fail(1002);
      fragments_ += payload;
    } else if (opcode == WsOpcode::text || opcode == WsOpcode::binary) {
      if (fragmented_) return fail(1002);
      fragmented_ = opcode;
      fragments_ = std::move(payload);
    } else {
      return fail(1002);
    }
    if (!final) continue;
    Message whole;
    whole.opcode = *fragmented_;
    whole.payload = std::move(fragments_);
    fragments_.clear();
    fragmented_.reset();
    if (whole.opcode == WsOpcode::text && !is_valid_utf8(whole.payload)) return fail(1007);
    return whole;
  }
  return std::nullopt;
}

std::optional<WsFrameReader::Message> WsFrameReader::control(WsOpcode opcode, std::string payload) {
  Message message;
  message.opcode = opcode;
  if (opcode == WsOpcode::close) {
    if (payload.size() == 1) return fail(1002);
    if (payload.size() >= 2) {
      message.close_code =
          static_cast<std::uint16_t>(byte_at(payload, 0) << 8 | byte_at(payload, 1));
      if (!may_be_on_the_wire(message.close_code)) return fail(1002);
      payload.erase(0, 2);
      if (!is_valid_utf8(payload)) return fail(1007);
    }
  } else if (opcode != WsOpcode::ping && opcode != WsOpcode::pong) {
    return fail(1002);
  }
  message.payload = std::move(payload);
  return message;
}

}  // namespace commsd::net
