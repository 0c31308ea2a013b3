#pragma once

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

#include "account.h"

// Messages.json, which carries SMS, MMS and WhatsApp alike.

namespace twilio {

inline constexpr std::size_t max_media = 10;

/// Neutral words for Twilio's states; an unknown state counts as queued, because a message must not
/// look finished by mistake.
std::string message_status(std::string_view twilio_status);
std::string call_status(std::string_view twilio_status);

/// Twilio writes what a message cost us as "-0.00750": 7500. COMMS_COST_UNKNOWN while not billed.
std::int64_t cost_micros(std::string_view price);

/// "usd" as ISO 4217 writes it.
std::string currency_code(std::string text);

/// POST Messages.json. There is no idempotency key: a lost answer is COMMS_AMBIGUOUS.
comms::Outcome<comms::Receipt> post_message(const Account& account, const comms::Form& form);

/// Which message find_message is asked for, in Twilio's words.
struct Wanted {
  std::string vendor_id, from, to, text;  // from: empty = whichever sender
  std::int64_t after_ms = 0, before_ms = 0;
  // False where Twilio's text need not be ours (templates, a service that rewrites characters):
  // then finding nothing proves nothing as long as there are messages at that time.
  bool text_is_literal = true;
};

/// By id; else the one message of that time with these ends and this text. COMMS_NOT_FOUND = there
/// is none; COMMS_UNSUPPORTED = several fit or none can be told apart.
comms::Outcome<comms::Receipt> find_message(const Account& account, Wanted wanted);

}  // namespace twilio
