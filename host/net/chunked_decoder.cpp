#include "net/chunked_decoder.h"

#include <algorithm>
#include <cstring>

namespace commsd::net {

namespace {

constexpr int max_digits = 7;  // 256 MB a chunk: more than any limit here
// Framing may not outweigh the data: a client could otherwise keep a connection busy for ever with
// a body of nothing.
constexpr std::size_t framing_allowance = std::size_t{16} * 1024;
constexpr std::size_t framing_per_byte = 8;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_token(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool is_text(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::feed(std::string_view input, std::string& body,
                                          std::size_t limit) {
  std::size_t i = 0;
  while (i < input.size()) {
    if (at_ == At::data) {
      const std::size_t taken = std::min<std::size_t>(left_, input.size() - i);
      body.append(input.substr(i, taken));
      i += taken;
      left_ -= static_cast<std::uint32_t>(taken);
      if (left_ == 0) at_ = At::data_cr;
      continue;
    }
    ++framing_;
    if (!step(input[i++]) || framing_ > framing_allowance + framing_per_byte * body.size())
      return {State::malformed, i};
    if (complete_) return {State::complete, i};
    if (left_ > limit - body.size()) return {State::too_large, i};
  }
  return {State::need_more, i};
}

bool ChunkedDecoder::step(char c) {
  switch (at_) {
    case At::size_first:
    case At::size: {
      const int digit = hex_digit(c);
      if (digit >= 0) {
        if (++digits_ > max_digits) return false;
        left_ = left_ * 16 + static_cast<std::uint32_t>(digit);
        at_ = At::size;
        return true;
      }
      if (at_ == At::size_first) return false;
      at_ = c == ';' ? At::extension : At::size_lf;
      return c == ';' || c == '\r';
    }
    case At::extension:
      if (c == '\r') at_ = At::size_lf;
      return c == '\r' || is_text(c);
    case At::size_lf:
      digits_ = 0;
      at_ = left_ > 0 ? At::data : At::line_start;
      return c == '\n';
    case At::data_cr:
      at_ = At::data_lf;
      return c == '\r';
    case At::data_lf:
      at_ = At::size_first;
      return c == '\n';
    case At::line_start:
      at_ = c == '\r' ? At::end_lf : At::trailer_name;
      return c == '\r' || is_token(c);
    case At::trailer_name:
      if (c == ':') at_ = At::trailer_value;
      return c == ':' || is_token(c);
    case At::trailer_value:
      if (c == '\r') at_ = At::trailer_lf;
      return c == '\r' || is_text(c);
    case At::trailer_lf:
      at_ = At::line_start;
      return c == '\n';
    case At::end_lf:
      complete_ = true;
      return c == '\n';
    case At::data:
      break;
  }
  return false;
}

}  // namespace commsd::net
