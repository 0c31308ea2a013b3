#pragma once

#include <string>

#include "base/result.h"
#include "messaging/callback_sender.h"
#include "net/http_client.h"

namespace commsd {

// Where the mission's callbacks and the network meet, as with fetch_document.h.

/// Posts under the server's egress rules: https to public addresses, no redirects, no more than a
/// few KB of the answer. unavailable says what failed, without the path of the address.
Task<Result<messaging::CallbackAnswer>> post_callback(net::HttpClient& client,
                                                      messaging::CallbackRequest request);

/// Whether a callback may go to this address at all: invalid_argument says why not.
Result<void> check_callback(const net::HttpClient& client, const std::string& url);

}  // namespace commsd
