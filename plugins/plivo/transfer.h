#pragma once

#include <optional>
#include <string>

#include <comms/cpp/telephony.hpp>

// Plivo takes the instructions for a live call from a URL, never with the request. Those of a
// transfer to a number travel in that URL: Plivo signs it when it asks, so nobody else can put
// instructions there, and any process of the server can answer.

namespace plivo {

/// URL that answers with the instructions of `transfer`. Throws comms::Error(COMMS_INVALID) when
/// there is no status_url to build it on, or when it would get too long.
std::string instructing_url(const comms::Host& host, const comms::Transfer& transfer);

/// The instructions in the URL of a webhook; nothing when it has none.
std::optional<std::string> instructions_in(const comms::Host& host, const comms::HttpIn& in);

/// Whether the webhook tells how the dialling of a transfer ended.
bool ends_transfer(const comms::HttpIn& in);

}  // namespace plivo
