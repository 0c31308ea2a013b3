#pragma once

#include <comms/cpp/event.hpp>
#include <comms/cpp/form.hpp>
#include <comms/cpp/host.hpp>

namespace twilio {

enum class Channel { telephone, whatsapp };

/// What a verified webhook says. Twilio names no kind: the fields that are there tell it. Throws
/// comms::Error(COMMS_INVALID) for what is not understood, also for a message of the other channel,
/// whose agent and rules this would get wrong. [any thread]
///
/// Ids for deduplication: a message, its sid; a state, sid:state; a call's state,
/// sid:state[:SequenceNumber]; a recording, its sid; input of a caller, Twilio's
/// I-Twilio-Idempotency-Token, else a digest of the request.
comms::Events events_of(const comms::Host& host, const comms::HttpIn& in, Channel channel);

}  // namespace twilio
