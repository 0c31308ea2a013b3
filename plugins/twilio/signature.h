#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/form.hpp>

namespace twilio {

/// Whether Twilio signed this request with `auth_token` (X-Twilio-Signature). Refuses whatever the
/// signature would not cover: a body that is neither a form nor bound by bodySHA256. There is no
/// time in the scheme: a repetition is recognised by the ids of its events.
///
/// base64(HMAC-SHA1(token, URL + name and value of every form field, sorted)), as in
/// lib/webhooks/webhooks.js of Twilio's npm package 6.0. [any thread]
bool is_authentic(const comms::Host& host, std::string_view auth_token, const comms::HttpIn& in);

}  // namespace twilio
