#pragma once

#include <algorithm>
#include <string_view>

#include <comms/cpp/types.hpp>

namespace comms {

/// Throws Error(COMMS_INVALID) for what slot/storage.h says is no key. "." and ".." are among it
/// because file systems, HTTP clients and proxies resolve them, so that such a key would name
/// another object.
inline void check_object_key(std::string_view key) {
  bool good = !key.empty() && key.size() <= 512 && std::none_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  for (std::size_t begin = 0; good && begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view part = key.substr(begin, end - begin);
    good = !part.empty() && part != "." && part != "..";
    begin = end + 1;
  }
  if (!good) {
    throw Error(COMMS_INVALID,
                "a key has 1 to 512 bytes, no control character and no part that is empty, "
                "'.' or '..'");
  }
}

}  // namespace comms
