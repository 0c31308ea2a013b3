#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commsd {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_hex(std::string_view bytes);
inline std::string to_hex(const Sha256& digest) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}
inline std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

std::string base64_encode(std::string_view bytes);
std::string base64url_encode(std::string_view bytes);  // without padding
/// Strict RFC 4648 (padding required, no white space); empty optional on anything else.
std::optional<std::string> base64_decode(std::string_view text);
/// Strict, without padding.
std::optional<std::string> base64url_decode(std::string_view text);

/// Takes the same time wherever the strings differ; strings of other lengths are unequal at once.
bool constant_time_equal(std::string_view left, std::string_view right);

}  // namespace commsd
