#include "signature.h"

#include <charconv>

#include <comms/cpp/crypto.hpp>

namespace telnyx {

namespace {
constexpr std::int64_t tolerance_seconds = 300;
}

bool is_authentic(const comms::Host& host, std::string_view public_key, const comms::HttpIn& in) {
  const std::string_view timestamp = in.header("telnyx-timestamp");
  std::int64_t sent = 0;
  const auto parsed = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), sent);
  if (timestamp.empty() || parsed.ec != std::errc() || sent < 0 ||
      parsed.ptr != timestamp.data() + timestamp.size()) {
    return false;
  }
  const std::int64_t now = host.now_ms() / 1000;
  if (sent > now + tolerance_seconds || now > sent + tolerance_seconds) return false;
  // A request without a body would say everything in its URL, which nobody signed.
  if (in.method != "POST" || in.body.empty()) return false;
  const comms::Crypto crypto(host);
  const auto signature = crypto.from_base64(in.header("telnyx-signature-ed25519"));
  return signature &&
         crypto.ed25519_ok(public_key, std::string(timestamp) + '|' + std::string(in.body),
                           *signature);
}

}  // namespace telnyx
