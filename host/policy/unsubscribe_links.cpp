#include "policy/unsubscribe_links.h"

#include "base/digest.h"
#include "base/text.h"

namespace commsd::policy {

namespace {

constexpr std::size_t mac_size = 32;
constexpr std::size_t longest_token = 1024;

std::string raw(const Sha256& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

}  // namespace

UnsubscribeLinks::UnsubscribeLinks(std::string_view key, std::string public_url)
    : key_(raw(hmac_sha256(key, "unsubscribe link"))), public_url_(std::move(public_url)) {}

std::string UnsubscribeLinks::sign(std::string_view text) const {
  return raw(hmac_sha256(key_, text));
}

std::string UnsubscribeLinks::url(const Target& target) const {
  const std::string text =
      target.org_id + '\n' + target.agent_id + '\n' + target.channel + '\n' + target.contact_hash;
  return public_url_ + "/unsubscribe/" + base64url_encode(sign(text) + text);
}

std::optional<UnsubscribeLinks::Target> UnsubscribeLinks::open(std::string_view token) const {
  if (token.size() > longest_token) return std::nullopt;
  const auto bytes = base64url_decode(token);
  if (!bytes || bytes->size() <= mac_size) return std::nullopt;
  const std::string_view text = std::string_view(*bytes).substr(mac_size);
  if (!constant_time_equal(std::string_view(*bytes).substr(0, mac_size), sign(text))) {
    return std::nullopt;
  }
  const auto parts = split(text, '\n');
  if (parts.size() != 4) return std::nullopt;
  return Target{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
                std::string(parts[3])};
}

}  // namespace commsd::policy
