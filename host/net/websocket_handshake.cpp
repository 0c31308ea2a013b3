#include "net/websocket_handshake.h"

#include <array>

#include <openssl/sha.h>

#include "base/digest.h"
#include "base/text.h"

namespace commsd::net {

WebSocketHandshake check_websocket_handshake(const HttpRequestHead& head) {
  const auto key = head.find("Sec-WebSocket-Key");
  const auto version = head.find("Sec-WebSocket-Version");
  if (head.method != "GET" || head.version_minor != 1 || head.has_body ||
      !head.has_token("Upgrade", "websocket") || !head.has_token("Connection", "upgrade"))
    return {426, {}};
  if (!version || trim(*version) != "13") return {426, {}};
  if (!key || head.count("Sec-WebSocket-Key") != 1) return {400, {}};
  const auto nonce = base64_decode(*key);
  if (!nonce || nonce->size() != 16) return {400, {}};

  const std::string text = std::string(*key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {101, base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()})};
}

std::vector<std::string_view> websocket_subprotocols(const HttpRequestHead& head) {
  std::vector<std::string_view> names;
  for (const HttpRequestHead::Field& field : head.fields) {
    if (!equal_ignoring_case(field.name, "Sec-WebSocket-Protocol")) continue;
    for (const std::string_view name : split(field.value, ','))
      if (!trim(name).empty()) names.push_back(trim(name));
  }
  return names;
}

}  // namespace commsd::net
