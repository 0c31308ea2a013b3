#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "plugin/provider_types.h"
#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::messaging {

// Copies of what an agent sends and receives, as its routes want them. A copy is a message of its
// own that waits in `scheduled`, added to the unit in which its subject came to be: none is lost,
// and none made twice. ScheduledSends goes on with it. What becomes of a copy changes nothing about
// its subject, and a copy is never copied.

/// The kinds of routes.
namespace route {
inline constexpr std::string_view sms_mirror = "sms_mirror";
inline constexpr std::string_view email_bcc = "email_bcc";
inline constexpr std::string_view webhook_copy = "webhook_copy";
inline constexpr std::string_view call_recording = "call_recording";
}  // namespace route

/// Whether `routes` (store::Agent::routes) names the kind.
bool has_route(std::string_view routes, std::string_view kind);
/// The same where nobody may have looked: true then, and the store finds none.
bool may_have_route(const std::optional<std::string>& routes, std::string_view kind);

/// How the limits count a copy on that channel.
std::string copy_action(std::string_view channel);

/// What the text of a mirrored message begins with: by it, and by the two numbers, a copy that
/// comes in again is known.
inline constexpr std::string_view copy_mark = "[Copy] ";

/// Adds the copy of a message that a vendor, or another agent, took; on channels that are copied.
/// Nothing for codes, for copies and where `message.routes` names none.
void add_copy(store::UnitOfWork& unit, const store::Message& message,
              const plugin::OutboundMessage& content, const Ids& ids, UnixMillis at);
/// The same of an SMS that came in for an agent with these routes.
void add_copy(store::UnitOfWork& unit, const store::InboxItem& item,
              const std::optional<std::string>& routes, const Ids& ids);

}  // namespace commsd::messaging
