#pragma once

#include <string>

#include <comms/cpp/http.hpp>

#include "settings.h"

namespace smtp {

/// An access token for XOAUTH2, from the cache or for the refresh token (RFC 6749, section 6).
/// [block] Throws comms::Error.
std::string access_token(const comms::Host& host, const Settings& settings);

/// The server did not take it: the next one is asked for anew.
void forget_access_token(const comms::Host& host);

}  // namespace smtp
