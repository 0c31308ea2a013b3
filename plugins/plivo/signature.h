#pragma once

#include <comms/cpp/form.hpp>
#include <comms/cpp/host.hpp>

namespace plivo {

/// Whether Plivo signed the request with `auth_token`: signature V3, HMAC-SHA256 over the URL, the
/// sorted query, the sorted form and a nonce
/// (https://www.plivo.com/docs/voice/concepts/signature-validation). V2 covers no form, so it is
/// not taken. No time is signed: what is sent again is found by the id of the event.
bool is_authentic(const comms::Host& host, std::string_view auth_token, const comms::HttpIn& in);

}  // namespace plivo
