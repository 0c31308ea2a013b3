#pragma once

#include <cstdint>
#include <string>

#include "plugin/provider_types.h"
#include "policy/message_class.h"

namespace commsd::policy {

/// Something an agent wants to do to reach a person, as far as rules ask about it.
struct OutboundAction {
  std::string org_id;
  std::string agent_id;
  ActionKind kind = ActionKind::message;
  plugin::ChannelKind channel = plugin::ChannelKind::sms;
  std::string to;       // E.164 or email address
  std::string from;     // the number of ours it went out from before; "" = to be chosen
  std::string text;     // with subject and html, what the content rules read
  std::string subject;  //
  std::string html;     //
  MessageClass message_class = MessageClass::marketing;
  std::string time_zone;   // IANA name, declared by the caller; "" = from the number
  bool to_agent = false;   // an agent of the same organization: no person is reached
  bool copy = false;       // of what an agent sent or received, for its organization itself
  bool record = false;     // calls: Admission::recording() is wanted
  std::string third = {};  // calls: who else is on the line, or is going to be; E.164, "" = nobody
  std::string language;    // of what is said, BCP 47; "" = the recipient's country decides
  bool mandated = false;   // a reply the law wants (opt-out confirmation); ours alone to set
  std::int64_t units = 1;  // SMS segments, minutes ...: what the price is per
};

}  // namespace commsd::policy
