#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace commsd::voice {

/// The life of a call, in the words of the vendors. Every change is one transaction.
///
///     attempting -> queued -> ringing -> in-progress -> completed
///         |            \---------\----------\-> busy | no-answer | canceled | failed
///         |-> failed     final: refused before anybody took it; a call is not tried again later
///         '-> unknown    may have been placed; never dialled again
enum class CallState {
  attempting,   // an attempt is open
  unknown,      // the answer was lost and the vendor cannot say
  queued,       // a vendor took it
  ringing,      //
  in_progress,  // answered
  completed,    // answered and over
  busy,         //
  no_answer,    //
  canceled,     // ended before anybody answered
  failed,       // refused, or it could not be connected
};

std::string_view to_string(CallState state);
/// Also of a vendor's neutral status (plugin::ProviderEvent::status).
std::optional<CallState> parse_call_state(std::string_view name);

/// True when no more news is to come.
bool is_over(CallState state);

/// How far along its road a state is; news replaces only what is less far. The ends are equal: the
/// first that is told stands.
std::int64_t state_rank(CallState state);

}  // namespace commsd::voice
