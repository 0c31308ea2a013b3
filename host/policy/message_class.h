#pragma once

#include <optional>
#include <string_view>

namespace commsd::policy {

/// What an agent wants to do to reach somebody.
enum class ActionKind { message, call, voice_message, otp, transfer };

/// Why somebody is contacted; the laws differ by it. Callers that say nothing mean marketing, the
/// strictest.
enum class MessageClass { marketing, service, transactional, otp, emergency };

/// Names as in rule files and tool arguments: "voice_message", "marketing".
std::string_view to_string(ActionKind kind);
std::optional<ActionKind> parse_action_kind(std::string_view name);
std::string_view to_string(MessageClass message_class);
std::optional<MessageClass> parse_message_class(std::string_view name);

}  // namespace commsd::policy
