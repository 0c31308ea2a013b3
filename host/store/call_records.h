#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/attempt_records.h"

// Rows about calls, as in records.h.

namespace commsd::store {

/// A call in either direction. States and their order: host/voice/call_state.h.
struct Call {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string direction;  // outbound | inbound
  std::string purpose;    // conversation | voice_message | on_behalf | transfer | bridge
  std::string from_address;
  std::string to_address;
  std::string state;
  std::int64_t state_rank = 0;
  std::string provider;   // of the last attempt
  std::string vendor_id;  // the vendor's call id
  std::string parent_id;  // the call that led to this one
  std::string bridge_id;
  std::string error_code;  // ErrorCode name
  std::string vendor_code;
  std::string failure_reason;
  std::string failure_remedy;
  std::int64_t cost_micros = 0;
  std::string cost_currency;                // "" = cost unknown
  std::optional<UnixMillis> cost_due_at;    // when to ask the vendor for it
  std::int64_t cost_looks = 0;              // how often that was done
  std::optional<std::int64_t> duration_ms;  // as the vendor bills it
  std::string answered_by;                  // human | machine | fax | unknown
  std::string recording_id;
  std::string recording_url;  // at the vendor, opened by its credentials only
  std::int64_t attempts = 0;
  std::string content_hash;
  UnixMillis created_at = 0;
  std::optional<UnixMillis> answered_at;
  std::optional<UnixMillis> ended_at;
  UnixMillis updated_at = 0;
};

/// A try of a call.
struct CallAttempt : AttemptRecord {
  std::string call_id;
};

/// Where calls to an agent's number are put through to.
struct Bridge {
  std::string id;
  std::string org_id;
  std::string agent_id;      // whose number it is
  std::string local_number;  // E.164
  std::string caller;        // E.164, or "*" for anybody
  std::string destination;   // E.164
  std::string label;
  UnixMillis created_at = 0;
};

/// A one-time code as it is kept.
struct OneTimeCode {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string contact_hash;
  std::string code_hash;
  std::int64_t guesses = 0;
  UnixMillis created_at = 0;
  UnixMillis expires_at = 0;
  std::optional<UnixMillis> used_at;
};

}  // namespace commsd::store
