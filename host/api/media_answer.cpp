#include "api/media_answer.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace commsd::api {

namespace {

/// A media type as RFC 9110 writes it, or what says nothing: it comes from outside.
std::string safe_type(const std::string& type) {
  const bool good = !type.empty() && type.size() <= 100 && type.find('/') != std::string::npos &&
                    std::all_of(type.begin(), type.end(), [](char c) {
                      return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != ',';
                    });
  return good ? type : "application/octet-stream";
}

/// RFC 6266 with the name in the encoding of RFC 8187.
std::string disposition(const std::string& filename) {
  if (filename.empty() || filename.size() > 255) return "attachment";
  return "attachment; filename*=UTF-8''" + percent_encode(filename);
}

/// Digits alone; what is larger than any file counts as the largest number.
std::optional<std::size_t> position(std::string_view text) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ptr != end) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) return SIZE_MAX;
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

RangeAsked parse_range(std::string_view header, std::size_t size) {
  constexpr std::string_view unit = "bytes=";
  if (header.size() <= unit.size() || to_lower_ascii(header.substr(0, unit.size())) != unit) {
    return {};
  }
  const std::string_view spec = header.substr(unit.size());
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const auto first = position(first_text);
  const auto last = position(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty())) return {};
  if (!first && !last) return {};
  if (!first) {  // the last so many bytes
    const std::size_t length = std::min(*last, size);
    if (length == 0) return {std::nullopt, true};
    return {ByteRange{size - length, length}, false};
  }
  if (last && *last < *first) return {};
  if (*first >= size) return {std::nullopt, true};
  const std::size_t end = last ? std::min(*last, size - 1) : size - 1;
  return {ByteRange{*first, end - *first + 1}, false};
}

void respond_media(net::HttpExchange& exchange, const std::string& content_type,
                   const std::string& filename, std::string_view bytes) {
  net::Headers headers{{"Cache-Control", "private, no-store"},
                       {"Content-Disposition", disposition(filename)},
                       {"Content-Security-Policy", "default-src 'none'; sandbox"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"},
                       {"Accept-Ranges", "bytes"}};
  RangeAsked asked;
  // A range stands only for GET, and If-Range wants a validator, of which there is none here.
  if (exchange.method() == "GET" && !exchange.header("If-Range")) {
    asked = parse_range(exchange.header("Range").value_or(""), bytes.size());
  }
  const std::string size = std::to_string(bytes.size());
  if (asked.unsatisfiable) {
    headers.push_back({"Content-Range", "bytes */" + size});
    exchange.respond(416, "", "", headers);
    return;
  }
  int status = 200;
  if (asked.range) {
    const auto [offset, length] = *asked.range;
    status = 206;
    bytes = bytes.substr(offset, length);
    headers.push_back({"Content-Range", "bytes " + std::to_string(offset) + '-' +
                                            std::to_string(offset + length - 1) + '/' + size});
  }
  exchange.respond(status, safe_type(content_type), bytes, headers);
}

}  // namespace commsd::api
