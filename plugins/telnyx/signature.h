#pragma once

#include <comms/cpp/form.hpp>
#include <comms/cpp/host.hpp>

namespace telnyx {

/// Whether Telnyx signed this request within the last five minutes: telnyx-signature-ed25519 over
/// "TIMESTAMP|BODY", as lib/Webhooks.js of Telnyx's npm package checks it. The URL is not signed.
/// [any thread]
bool is_authentic(const comms::Host& host, std::string_view public_key, const comms::HttpIn& in);

}  // namespace telnyx
