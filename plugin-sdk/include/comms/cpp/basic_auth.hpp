#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/form.hpp>

namespace comms {

/// Whether a webhook carries `password` as Basic authentication (RFC 7617), which is how the user
/// and password in its address reach us. Whatever the user is called: it is no secret, and people
/// write what they like there. An empty password never matches.
inline bool has_basic_password(const Crypto& crypto, const HttpIn& in, std::string_view password) {
  constexpr std::string_view scheme = "Basic ";
  const std::string_view given = in.header("Authorization");
  if (!same_text(given.substr(0, scheme.size()), scheme)) return false;
  const auto pair = crypto.from_base64(given.substr(scheme.size()));
  if (!pair) return false;
  const std::size_t colon = pair->find(':');
  return colon != std::string::npos &&
         crypto.equal(std::string_view(*pair).substr(colon + 1), password);
}

}  // namespace comms
