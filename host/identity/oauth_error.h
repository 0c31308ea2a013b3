#pragma once

#include <string>

#include <tl/expected.hpp>

namespace commsd::identity {

/// An error in the words of OAuth (RFC 6749, sections 4.1.2.1 and 5.2; RFC 7591, section 3.2.2).
struct OauthError {
  std::string code;         // "invalid_grant"
  std::string description;  // for the client's developer: plain ASCII, no secret
};

template <typename T>
using OauthResult = tl::expected<T, OauthError>;

inline tl::unexpected<OauthError> oauth_fail(std::string code, std::string description) {
  return tl::unexpected<OauthError>({std::move(code), std::move(description)});
}

/// What the database or the network did; the client may come again.
inline tl::unexpected<OauthError> oauth_unavailable() {
  return oauth_fail("temporarily_unavailable", "the server cannot do this now; try again");
}

}  // namespace commsd::identity
