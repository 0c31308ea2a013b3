#include "base/ids.h"

#include <array>
#include <cstdint>

namespace commsd {

namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string Ids::time_part(UnixMillis at) {
  const auto moment = static_cast<std::uint64_t>(at);
  std::string text;
  for (int shift = 45; shift >= 0; shift -= 5) text += alphabet[(moment >> shift) & 31];
  return text;
}

std::string Ids::make(std::string_view prefix) const {
  std::array<std::uint8_t, 10> noise{};
  random_.fill(noise);

  std::string id(prefix);
  id += '_';
  id += time_part(clock_.now());

  std::uint64_t buffer = 0;
  int bits = 0;
  for (const std::uint8_t byte : noise) {
    buffer = buffer << 8 | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += alphabet[(buffer >> bits) & 31];
    }
  }
  return id;
}

}  // namespace commsd
