#pragma once

#include <string>
#include <string_view>

#include "messaging/contact_ids.h"
#include "store/records.h"

namespace commsd::messaging {

// What a callback says, as JSON: {"type","timestamp","data"}, the form that Standard Webhooks
// advises. The same event gives the same text at every try.

/// The type of the event that an inbox item is: message.received, call.received, limit.warning or
/// limit.reached.
std::string_view item_event(const store::InboxItem& item);
/// The type of the event that a message came to a state: "message." and the state.
std::string state_event(std::string_view state);

/// `media_json`: the item's files as the agent is shown them.
std::string item_payload(const store::CallbackDelivery& delivery, const store::InboxItem& item,
                         const std::string& media_json, const ContactIds& contacts);
/// The state is that of the event; the message may have moved on since. `thread`: its name, as of
/// Threads.
std::string state_payload(const store::CallbackDelivery& delivery, const store::Message& message,
                          std::string_view thread, const ContactIds& contacts);

}  // namespace commsd::messaging
