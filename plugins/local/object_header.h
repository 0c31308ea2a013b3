#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace local_plugin {

/// What precedes the bytes of an object in its file, so that object and description are replaced in
/// one rename. The key stands in it because the file's name is only the key's hash: whoever
/// restores a folder by hand can tell what a file was.
///
///   commsd-object 1 <key bytes> <type bytes> <data bytes> <sha-256 of the data, hex>\n<key><type>
struct ObjectHeader {
  std::string key;
  std::string content_type;
  std::string etag;
  std::uint64_t byte_count = 0;

  static constexpr std::size_t max_key = 512;
  static constexpr std::size_t max_type = 255;
  /// No header is longer; reading this much of a file reads all of it.
  static constexpr std::size_t max_size = 1024;

  std::string to_bytes() const;
};

struct ParsedHeader {
  ObjectHeader header;
  std::uint64_t size;  // bytes of the header: where the data begins
};

/// `start` is the beginning of a file. Nothing when it is no header.
std::optional<ParsedHeader> parse_header(std::string_view start);

}  // namespace local_plugin
