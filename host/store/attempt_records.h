#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

// What attempts at vendors have in common, whether a message or a call is tried. Plain data, as in
// records.h.

namespace commsd::store {

/// One try at a vendor. Its id is the client reference given to the vendor.
struct AttemptRecord {
  std::string id;
  std::string org_id;
  std::int64_t number = 0;  // 1, 2, ...
  std::string provider;
  std::string outcome;  // "" while running; success | failed | throttled | ambiguous | resolved
  std::string error_code;
  std::string vendor_code;
  std::string vendor_id;
  UnixMillis started_at = 0;
  std::optional<UnixMillis> ended_at;
  std::string worker;  // that makes it; written, not read
};

/// How an attempt ended and what it makes of the message or call.
struct AttemptEnd {
  std::string org_id;
  std::string attempt_id;
  std::string outcome;         // as above
  std::string expected_state;  // in which the attempt was made
  std::string state;           // the new one
  std::int64_t state_rank = 0;
  std::string vendor_id;
  std::string error_code;
  std::string vendor_code;
  std::string failure_reason;
  std::string failure_remedy;
  std::int64_t cost_micros = 0;
  std::string cost_currency;  // "" = cost unknown
  UnixMillis at = 0;
};

}  // namespace commsd::store
