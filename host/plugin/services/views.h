#pragma once

#include <string>
#include <string_view>

#include <comms/comms.h>

namespace commsd::plugin {

/// The ABI's borrowed text and bytes as string views and back; NULL with length 0 is "".
inline std::string_view view(comms_str text) {
  return text.len == 0 ? std::string_view() : std::string_view(text.ptr, text.len);
}
inline std::string_view view(comms_bytes bytes) {
  return bytes.len == 0 ? std::string_view()
                        : std::string_view(reinterpret_cast<const char*>(bytes.ptr), bytes.len);
}
inline comms_str to_str(std::string_view text) {
  return {text.data(), text.size()};
}
inline comms_bytes to_bytes(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
inline std::string copy(comms_str text) {
  return std::string(view(text));
}

}  // namespace commsd::plugin
