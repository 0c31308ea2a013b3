#include "object_header.h"

#include <charconv>

namespace local_plugin {

namespace {

constexpr std::string_view magic = "commsd-object 1 ";
constexpr std::size_t etag_size = 64;

/// Takes a decimal number and the space behind it off the front.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop == end || *stop != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return true;
}

}  // namespace

std::string ObjectHeader::to_bytes() const {
  std::string out(magic);
  out += std::to_string(key.size()) + ' ' + std::to_string(content_type.size()) + ' ' +
         std::to_string(byte_count) + ' ' + etag + '\n';
  return out + key + content_type;
}

std::optional<ParsedHeader> parse_header(std::string_view start) {
  std::string_view rest = start;
  if (rest.substr(0, magic.size()) != magic) return std::nullopt;
  rest.remove_prefix(magic.size());
  std::size_t key_size = 0;
  std::size_t type_size = 0;
  ParsedHeader parsed{};
  if (!take(rest, key_size) || !take(rest, type_size) || !take(rest, parsed.header.byte_count) ||
      key_size > ObjectHeader::max_key || type_size > ObjectHeader::max_type ||
      rest.size() < etag_size + 1 + key_size + type_size || rest[etag_size] != '\n') {
    return std::nullopt;
  }
  parsed.header.etag = rest.substr(0, etag_size);
  rest.remove_prefix(etag_size + 1);
  parsed.header.key = rest.substr(0, key_size);
  parsed.header.content_type = rest.substr(key_size, type_size);
  rest.remove_prefix(key_size + type_size);
  parsed.size = start.size() - rest.size();
  return parsed;
}

}  // namespace local_plugin
