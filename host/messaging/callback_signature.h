#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::messaging {

// How a callback proves that it comes from us: Standard Webhooks 1.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md),
// so that agents check it with a library they have.

/// The bytes behind "whsec_" are the key; empty when the text is no such secret.
std::string callback_key(std::string_view secret);

/// A secret as it is shown: "whsec_" and the key in base64.
std::string callback_secret(std::string_view key);

/// The value of `webhook-signature`: one "v1,<base64 HMAC-SHA256>" per key, between spaces. During
/// a rotation there are two, and the receiver takes the message when it knows one of them.
/// `at` is in seconds, as in `webhook-timestamp`.
std::string callback_signature(const std::vector<std::string>& keys, std::string_view id,
                               std::int64_t at, std::string_view body);

}  // namespace commsd::messaging
