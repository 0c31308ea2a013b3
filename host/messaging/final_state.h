#pragma once

#include <string>

#include "base/ids.h"
#include "messaging/message_state.h"
#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::messaging {

/// The reasons of dead letters.
inline constexpr std::string_view reason_send_failed = "send_failed";
inline constexpr std::string_view reason_outcome_unknown = "outcome_unknown";

/// Adds what follows from a message coming to `state`, to the unit that brings it there and behind
/// the step that does: a dead letter in the agent's inbox when it came to nothing, and the news for
/// the agent's callback when nothing of ours changes it any more. States on the way add nothing.
void add_final_state(store::UnitOfWork& unit, const store::Message& message, MessageState state,
                     const Ids& ids, UnixMillis at);

/// Whether a message in that state stands among the agent's dead letters.
bool is_dead_letter(MessageState state);

}  // namespace commsd::messaging
