#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

// Durations of vendors, who count in seconds.

namespace comms {

/// Whole seconds of `ms`, rounded up (half a second of patience must not become none), within what
/// the vendor takes.
inline std::uint32_t whole_seconds(std::uint32_t ms, std::uint32_t least, std::uint32_t most) {
  return std::clamp(ms / 1000 + (ms % 1000 != 0), least, most);
}

/// Whole seconds, as text, in milliseconds; empty when it is no number.
inline std::string milliseconds(std::string_view seconds) {
  std::uint32_t value = 0;
  const char* end = seconds.data() + seconds.size();
  const auto parsed = std::from_chars(seconds.data(), end, value);
  if (seconds.empty() || parsed.ec != std::errc() || parsed.ptr != end) return {};
  return std::to_string(std::uint64_t{value} * 1000);
}

}  // namespace comms
