#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

// Rows of callbacks, in the manner of store/records.h.

namespace commsd::store {

/// Where an agent's own host is told of what happens.
struct CallbackEndpoint {
  std::string org_id;
  std::string agent_id;
  std::string url;
  std::string sealed_secret;    // base/sealed_text.h
  std::string sealed_previous;  // good until previous_until; "" = none
  std::optional<UnixMillis> previous_until;
  std::string status;  // active | disabled
  std::optional<UnixMillis> failing_since;
  std::optional<UnixMillis> disabled_at;
  std::optional<UnixMillis> last_success_at;  // to the minute
  std::string last_error;
  UnixMillis created_at = 0;
  UnixMillis updated_at = 0;
};

/// One thing to tell a callback. Its id is the same at every try.
struct CallbackDelivery {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string lane;        // rows of one lane are told in order
  std::string event;       // message.received, message.delivered ...
  std::string subject_id;  // of the inbox item or the message
  std::string state;       // waiting | delivered | dead
  std::int64_t attempts = 0;
  std::optional<UnixMillis> next_attempt_at;
  std::string worker;            // that makes the attempt under way
  std::int64_t last_status = 0;  // HTTP; 0 = no answer
  std::string last_error;
  UnixMillis created_at = 0;
  std::optional<UnixMillis> ended_at;
};

/// How one try of a delivery ended.
struct CallbackResult {
  std::string state;                          // waiting | delivered | dead
  std::optional<UnixMillis> next_attempt_at;  // set when it is to be tried again
  std::int64_t status = 0;                    // HTTP; 0 = no answer
  std::string error;
  UnixMillis at = 0;
};

}  // namespace commsd::store
