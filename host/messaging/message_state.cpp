#include "messaging/message_state.h"

#include <array>
#include <utility>

namespace commsd::messaging {

namespace {

constexpr std::array<std::pair<MessageState, std::string_view>, 10> names = {{
    {MessageState::scheduled, "scheduled"},
    {MessageState::accepted, "accepted"},
    {MessageState::attempting, "attempting"},
    {MessageState::submitted, "submitted"},
    {MessageState::delivered, "delivered"},
    {MessageState::undelivered, "undelivered"},
    {MessageState::read, "read"},
    {MessageState::failed, "failed"},
    {MessageState::unknown, "unknown"},
    {MessageState::cancelled, "cancelled"},
}};

}  // namespace

std::string_view to_string(MessageState state) {
  for (const auto& [known, name] : names) {
    if (known == state) return name;
  }
  return "unknown";
}

std::optional<MessageState> parse_message_state(std::string_view name) {
  for (const auto& [state, known] : names) {
    if (known == name) return state;
  }
  return std::nullopt;
}

bool is_settled(MessageState state) {
  return state != MessageState::scheduled && state != MessageState::accepted &&
         state != MessageState::attempting;
}

std::optional<MessageState> state_of_vendor_status(std::string_view status) {
  if (status == "queued" || status == "sent") return MessageState::submitted;
  if (status == "delivered") return MessageState::delivered;
  if (status == "read") return MessageState::read;
  if (status == "undelivered" || status == "failed" || status == "bounced") {
    return MessageState::undelivered;
  }
  if (status == "complained") return MessageState::delivered;
  return std::nullopt;
}

std::int64_t state_rank(MessageState state) {
  switch (state) {
    case MessageState::scheduled:
    case MessageState::accepted:
    case MessageState::attempting:
    case MessageState::unknown:
      return 0;
    case MessageState::submitted:
      return 1;
    case MessageState::undelivered:
      return 2;
    case MessageState::delivered:
      return 3;
    case MessageState::read:
      return 4;
    case MessageState::failed:
    case MessageState::cancelled:
      break;
  }
  return 5;
}

bool may_follow(MessageState current, MessageState next) {
  return state_rank(next) > state_rank(current);
}

}  // namespace commsd::messaging
