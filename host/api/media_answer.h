#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_exchange.h"

namespace commsd::api {

/// A part of a file that was asked for: `length` bytes from `offset`.
struct ByteRange {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

/// What a Range header (RFC 9110, 14.2) wants of `size` bytes. `unsatisfiable` when there is
/// nothing of it; no range for what is malformed, of another unit, or several at once: then the
/// whole file is a right answer.
struct RangeAsked {
  std::optional<ByteRange> range;
  bool unsatisfiable = false;
};
RangeAsked parse_range(std::string_view header, std::size_t size);

/// Answers with a file, or the part of it that was asked for. What is in it comes from outside of
/// this server, so no browser may show it as a page of it, or guess another type for it.
void respond_media(net::HttpExchange& exchange, const std::string& content_type,
                   const std::string& filename, std::string_view bytes);

}  // namespace commsd::api
