#include "messaging/callback_signature.h"

#include "base/digest.h"

namespace commsd::messaging {

namespace {

constexpr std::string_view prefix = "whsec_";

}  // namespace

std::string callback_key(std::string_view secret) {
  if (!secret.starts_with(prefix)) return {};
  return base64_decode(secret.substr(prefix.size())).value_or("");
}

std::string callback_secret(std::string_view key) {
  return std::string(prefix) + base64_encode(key);
}

std::string callback_signature(const std::vector<std::string>& keys, std::string_view id,
                               std::int64_t at, std::string_view body) {
  std::string text(id);
  text.append(".").append(std::to_string(at)).append(".").append(body);
  std::string signatures;
  for (const std::string& key : keys) {
    const Sha256 digest = hmac_sha256(key, text);
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + base64_encode(std::string_view(
                              reinterpret_cast<const char*>(digest.data()), digest.size()));
  }
  return signatures;
}

}  // namespace commsd::messaging
