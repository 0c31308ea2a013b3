#pragma once

#include <string_view>

namespace comms {

/// The front of `text`: at most `most` bytes, and no part of a character. The ABI's strings are
/// UTF-8, so what is shortened for an error message or a name has to stay it.
inline std::string_view utf8_front(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace comms
