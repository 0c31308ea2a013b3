#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace commsd::net {

/// Removes chunked transfer coding (RFC 9112, section 7.1), strictly: CRLF only, no white space
/// around the size, at most 7 hex digits; extensions and trailer fields are checked and dropped.
///
/// Why not llhttp's: 8.1 ends a message at "0\r" and any byte, and takes folded trailers and a bare
/// LF as its end, so a proxy in front could see another end than we do.
class ChunkedDecoder {
 public:
  enum class State { need_more, complete, malformed, too_large };
  struct Step {
    State state;
    std::size_t consumed;
  };

  /// Appends data to `body`, which may grow to `limit` bytes. After complete, malformed or
  /// too_large the decoder is done.
  Step feed(std::string_view input, std::string& body, std::size_t limit);

 private:
  enum class At {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    line_start,  // of a trailer line or the final empty one
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
  };

  bool step(char c);  // one byte of framing; false: malformed

  At at_ = At::size_first;
  std::uint32_t left_ = 0;  // of this chunk
  int digits_ = 0;
  bool complete_ = false;
  std::size_t framing_ = 0;  // bytes that were not data
};

}  // namespace commsd::net
