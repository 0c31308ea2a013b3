#include "net/trusted_proxies.h"

#include <charconv>

#include "base/text.h"

namespace commsd::net {

std::string_view without_mapped_prefix(std::string_view address) {
  constexpr std::string_view prefix = "::ffff:";
  if (address.substr(0, prefix.size()) == prefix && address.find('.') != std::string_view::npos)
    address.remove_prefix(prefix.size());
  return address;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& entries) {
  TrustedProxies proxies;
  for (const std::string& entry : entries) {
    const std::size_t slash = entry.find('/');
    Poco::Net::IPAddress address;
    if (!Poco::Net::IPAddress::tryParse(entry.substr(0, slash), address))
      return fail(ErrorCode::invalid_argument,
                  "trusted proxy '" + entry + "' is not an IP address or network");
    const unsigned bits = address.family() == Poco::Net::IPAddress::IPv4 ? 32 : 128;
    unsigned prefix = bits;
    if (slash != std::string::npos) {
      const char* const end = entry.data() + entry.size();
      const auto parsed = std::from_chars(entry.data() + slash + 1, end, prefix);
      if (parsed.ec != std::errc() || parsed.ptr != end || prefix > bits)
        return fail(ErrorCode::invalid_argument,
                    "trusted proxy '" + entry + "' has no valid prefix length");
    }
    const Poco::Net::IPAddress mask(prefix, address.family());
    proxies.networks_.push_back({address & mask, mask});
  }
  return proxies;
}

bool TrustedProxies::trusts(const std::string& text) const {
  if (networks_.empty()) return false;
  Poco::Net::IPAddress address;
  if (!Poco::Net::IPAddress::tryParse(text, address)) return false;
  for (const Network& network : networks_) {
    if (network.address.family() == address.family() && (address & network.mask) == network.address)
      return true;
  }
  return false;
}

std::string TrustedProxies::client_address(const std::string& peer,
                                           const HttpRequestHead& head) const {
  std::string client = peer;
  // Several fields are one list (RFC 9110, section 5.3), so the last field is the nearest proxy's.
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (!equal_ignoring_case(field->name, "X-Forwarded-For")) continue;
    const std::vector<std::string_view> hops = split(field->value, ',');
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      if (!trusts(client)) return client;
      Poco::Net::IPAddress address;
      const std::string text(without_mapped_prefix(trim(*hop)));
      if (!Poco::Net::IPAddress::tryParse(text, address)) return client;
      client = address.toString();
    }
  }
  return client;
}

}  // namespace commsd::net
