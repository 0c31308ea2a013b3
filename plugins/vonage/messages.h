#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

#include "account.h"

// POST /v1/messages, which carries SMS, MMS and WhatsApp alike (Messages API 1.11).

namespace vonage {

/// Neutral word for a state of a message; an unknown one counts as sent.
std::string message_status(std::string_view status);

/// "image", "audio", "video", "vcard" or "file": Vonage wants to be told, the name ends tell it.
std::string media_kind(std::string_view url);

/// Adds sender, recipient and what every message has; sends. There is no idempotency key: a lost
/// answer is COMMS_AMBIGUOUS.
struct Envelope {
  std::string_view channel, from, to, client_ref, status_url;
};
comms::Outcome<comms::Receipt> post_message(const Account& account, const Envelope& envelope,
                                            comms::JsonObject content);

}  // namespace vonage
