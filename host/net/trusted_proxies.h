#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <Poco/Net/IPAddress.h>

#include "base/result.h"
#include "net/http_request_head.h"

namespace commsd::net {

/// The proxies in front whose X-Forwarded-For is believed. Immutable once made.
class TrustedProxies {
 public:
  /// Entries are addresses or networks: "10.0.0.0/8", "::1". Fails with invalid_argument.
  static Result<TrustedProxies> parse(const std::vector<std::string>& entries);

  bool trusts(const std::string& address) const;

  /// Who sent the request: `peer`, or, while that is trusted, the address it was forwarded for.
  /// The list is read from its end, because its beginning is whatever the client sent.
  std::string client_address(const std::string& peer, const HttpRequestHead& head) const;

 private:
  struct Network {
    Poco::Net::IPAddress address;
    Poco::Net::IPAddress mask;
  };
  std::vector<Network> networks_;
};

/// "::ffff:192.0.2.7", which an IPv6 socket reports for an IPv4 peer, as "192.0.2.7".
std::string_view without_mapped_prefix(std::string_view address);

}  // namespace commsd::net
