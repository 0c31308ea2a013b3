#include "mcp/session_id.h"

#include <array>
#include <cstdint>

#include "base/digest.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

// Layout, 48 bytes: format 1 | expiry in seconds 6 | version as the number 20251125 4 | client
// capabilities 1 | random 12 | digest of the principal 8 | signature 16.
constexpr char format_tag = 2;
constexpr std::size_t expiry_at = 1;
constexpr std::size_t version_at = 7;
constexpr std::size_t capabilities_at = 11;
constexpr std::size_t random_size = 12;
constexpr std::size_t principal_at = 24;
constexpr std::size_t signature_at = 32;
constexpr std::size_t total_size = 48;
constexpr std::size_t text_size = total_size / 3 * 4;

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((number >> shift) & 0xff);
  }
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

/// "2025-11-25" as 20251125: ids stay readable for later builds that know other versions.
std::uint64_t version_number(std::string_view version) {
  std::uint64_t number = 0;
  for (const char digit : version) {
    if (digit >= '0' && digit <= '9')
      number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

std::optional<std::string_view> version_named(std::uint64_t number) {
  for (const std::string_view version : supported_versions()) {
    if (is_legacy_version(version) && version_number(version) == number) return version;
  }
  return std::nullopt;
}

std::string first_bytes(const Sha256& digest, std::size_t count) {
  return std::string(reinterpret_cast<const char*>(digest.data()), count);
}

}  // namespace

std::string SessionIds::make(std::string_view principal_key, std::string_view version,
                             ClientCapabilities capabilities) const {
  std::string id(1, format_tag);
  const auto expires = static_cast<std::uint64_t>(clock_.now() / 1000 + lifetime_.count());
  append_number(id, expires, 6);
  append_number(id, version_number(version), 4);
  append_number(id, capabilities.bits(), 1);
  std::array<std::uint8_t, random_size> noise{};
  random_.fill(noise);
  id.append(reinterpret_cast<const char*>(noise.data()), noise.size());
  id += first_bytes(sha256(principal_key), signature_at - principal_at);
  id += first_bytes(hmac_sha256(key_, id), total_size - signature_at);
  return base64url_encode(id);
}

std::optional<SessionIds::Claims> SessionIds::check(std::string_view id,
                                                    std::string_view principal_key) const {
  if (id.size() != text_size) return std::nullopt;
  const auto bytes = base64url_decode(id);
  if (!bytes || bytes->size() != total_size || bytes->front() != format_tag) return std::nullopt;
  const std::string_view view(*bytes);
  const std::string signature =
      first_bytes(hmac_sha256(key_, view.substr(0, signature_at)), total_size - signature_at);
  if (!constant_time_equal(view.substr(signature_at), signature)) return std::nullopt;
  const std::string owner = first_bytes(sha256(principal_key), signature_at - principal_at);
  if (view.substr(principal_at, signature_at - principal_at) != owner) return std::nullopt;
  const auto expires =
      static_cast<UnixMillis>(read_number(view.substr(expiry_at, version_at - expiry_at)) * 1000);
  if (expires <= clock_.now()) return std::nullopt;
  const auto version =
      version_named(read_number(view.substr(version_at, capabilities_at - version_at)));
  if (!version) return std::nullopt;
  const auto bits = static_cast<std::uint8_t>(view[capabilities_at]);
  return Claims{std::string(*version), ClientCapabilities::from_bits(bits), expires};
}

}  // namespace commsd::mcp
