#include "base/ids.h"

#include <array>
#include <cstdint>

namespace commsd {

std::string Ids::make(std::string_view prefix) const {
  static constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<std::uint8_t, 10> noise{};
  random_.fill(noise);

  std::string id(prefix);
  id += '_';
  const auto now = static_cast<std::uint64_t>(clock_.now());
  for (int shift = 45; shift >= 0; shift -= 5) id += alphabet[(now >> shift) & 31];

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
