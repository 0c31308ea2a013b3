#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

// The aggregates as rows. Plain data: behaviour lives in the mission rooms. Money is in micros
// (1e-6) of the currency named beside it; moments are Unix milliseconds; "" means absent.

namespace commsd::store {

struct Organization {
  std::string id;
  std::string name;
  std::string mode;    // sandbox | production
  std::string status;  // active | suspended
  UnixMillis created_at = 0;
};

struct Agent {
  std::string id;
  std::string org_id;
  std::string display_name;
  std::string status;   // active | inactive | deprovisioned
  std::string country;  // ISO 3166-1 alpha-2
  UnixMillis created_at = 0;
};

/// One address an agent owns on one channel.
struct Channel {
  std::string org_id;
  std::string agent_id;
  std::string channel;       // sms | voice | whatsapp | email
  std::string address;       // E.164 or mailbox
  std::string provider;      // the provider that issued it
  std::string provider_ref;  // the vendor's id of the number, sender or domain
  std::string status;        // active | blocked | released
};

struct Token {
  std::string id;
  std::string org_id;       // "" for the orchestrator
  std::string agent_id;     // "" unless role is agent
  std::string role;         // orchestrator | organization | agent
  std::string secret_hash;  // SHA-256 hex of the whole token text
  std::string label;
  UnixMillis created_at = 0;
  std::optional<UnixMillis> expires_at;
  std::optional<UnixMillis> revoked_at;
  std::optional<UnixMillis> last_used_at;
};

/// An outbound message. States and their order: host/messaging/message_state.h.
struct Message {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string channel;
  std::string from_address;
  std::string to_address;
  std::string state;
  std::string provider;    // of the last attempt
  std::string vendor_id;   // the vendor's message id
  std::string error_code;  // ErrorCode name of the last failure
  std::string vendor_code;
  std::string failure_reason;
  std::string failure_remedy;
  std::int64_t cost_micros = 0;
  std::string cost_currency;  // "" = cost unknown
  std::int64_t attempts = 0;
  std::string content_hash;  // SHA-256 hex over agent, to, channel and content; for dedupe
  UnixMillis created_at = 0;
  UnixMillis updated_at = 0;
  std::optional<UnixMillis> next_attempt_at;  // set while waiting for a retry
};

/// One try at a vendor. Its id is the client reference given to the vendor.
struct Attempt {
  std::string id;
  std::string org_id;
  std::string message_id;
  std::int64_t number = 0;  // 1, 2, ...
  std::string provider;
  std::string outcome;  // "" while running; success | failed | throttled | ambiguous | resolved
  std::string error_code;
  std::string vendor_code;
  std::string vendor_id;
  std::string detail;  // for the timeline; no personal data
  UnixMillis started_at = 0;
  std::optional<UnixMillis> ended_at;
};

/// A line of a message's timeline.
struct TimelineEntry {
  UnixMillis at = 0;
  std::string state;
  std::string detail;
};

/// Something that arrived for an agent.
struct InboxItem {
  std::int64_t sequence = 0;  // the cursor: grows per database, gaps allowed
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string channel;
  std::string provider;
  std::string vendor_id;
  std::string from_address;
  std::string to_address;
  std::string subject;
  std::string body;
  std::string html;
  std::string media_json;  // [{"url","contentType","filename","size"}]
  std::string extra_json;  // {"messageId","inReplyTo",...}
  UnixMillis received_at = 0;
  std::optional<UnixMillis> acknowledged_at;
};

struct IdempotencyRecord {
  std::string org_id;
  std::string agent_id;
  std::string tool;
  std::string key;
  std::string arguments_hash;  // SHA-256 hex of the canonical arguments
  std::string message_id;      // the effect; the stored result is read from it
  UnixMillis created_at = 0;
};

}  // namespace commsd::store
