#pragma once

#include <string>

#include "plugin/provider_types.h"
#include "policy/message_class.h"

namespace commsd::policy {

/// ISO 3166: country "US", region "FL" (the part after "US-"); "" = not known.
struct Place {
  std::string country;
  std::string region;
};

/// One contact about to be made, as far as the rules of countries ask about it.
struct Situation {
  ActionKind kind = ActionKind::message;
  plugin::ChannelKind channel = plugin::ChannelKind::sms;
  MessageClass message_class = MessageClass::marketing;
  std::string to;                // E.164 or email address
  std::string from;              // the sender's E.164 number; "" = none
  std::string third;             // who else hears a call, E.164; "" = nobody; asked for recordings
  std::string sender_country;    // of the organization; "" = that of `from`
  Place declared;                // where the recipient is said to be, besides what `to` tells
  std::string time_zone;         // IANA name declared for the recipient; "" = from the number
  bool express_consent = false;  // on record: some hours do not bind then
  std::string text;  // subject and text, for words a law wants in it; "" = not looked at
};

}  // namespace commsd::policy
