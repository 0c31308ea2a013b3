#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace commsd::messaging {

/// The life of an outbound message. Every change is one transaction; nothing is in memory only.
///
///     scheduled
///        | its time has come
///     accepted -> attempting -> submitted -> delivered -> read
///        ^            |      \-> undelivered (also after delivered never)
///        | retry      |-> failed      final: refused before anybody took it
///        '------------|-> unknown     may have been taken; never re-sent on its own
///
/// From scheduled and accepted also cancelled, and from scheduled failed, when the rules of that
/// moment refuse it.
enum class MessageState {
  scheduled,    // saved; to be sent later
  accepted,     // saved; waiting for its first or next attempt
  attempting,   // an attempt is open
  submitted,    // a vendor took it
  delivered,    // the vendor says it arrived
  undelivered,  // the vendor took it and could not deliver it
  read,         // the recipient opened it
  failed,       // refused; the reason is kept
  unknown,      // the answer was lost and the vendor cannot say
  cancelled,    // taken back before anybody was asked to take it
};

std::string_view to_string(MessageState state);
std::optional<MessageState> parse_message_state(std::string_view name);

/// True when nothing of ours changes the message any more (a vendor's news still may).
bool is_settled(MessageState state);

/// The state a vendor's neutral status means: queued and sent are submitted.
std::optional<MessageState> state_of_vendor_status(std::string_view status);

/// How far along its road a state is. The store keeps it beside the state and compares.
std::int64_t state_rank(MessageState state);

/// Whether news of `next` may replace `current`. Callbacks arrive late and out of order, so a
/// state is only ever replaced by one that is further on: a late "sent" never hides "delivered",
/// and news about an unknown message settles it.
bool may_follow(MessageState current, MessageState next);

}  // namespace commsd::messaging
