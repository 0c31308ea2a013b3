#pragma once

#include <comms/cpp/event.hpp>
#include <comms/cpp/form.hpp>

#include "account.h"

namespace vonage {

enum class Channel { telephone, whatsapp };

/// What a verified webhook says: of the Messages API, the Voice API or the older SMS API, told
/// apart by the fields that are there. Throws comms::Error(COMMS_INVALID) for what is not
/// understood, also for a message of the other channel, whose agent and rules this would get wrong.
/// [any thread]
///
/// Ids for deduplication: a message, its uuid; a state, uuid:state; a call's state,
/// uuid:state[:sub_state]; a recording, its uuid; input of a caller, a digest of the body, which
/// has a time in it.
comms::Events events_of(const Account& account, const comms::HttpIn& in, Channel channel);

}  // namespace vonage
