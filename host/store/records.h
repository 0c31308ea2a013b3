#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/attempt_records.h"
#include "store/callback_records.h"
#include "store/inbox_item.h"
#include "store/tenancy_records.h"

// The aggregates as rows. Plain data: behaviour lives in the mission rooms. Money is in micros
// (1e-6) of the currency named beside it; moments are Unix milliseconds; "" means absent.

namespace commsd::store {

struct Agent {
  std::string id;
  std::string org_id;
  std::string display_name;
  std::string status;   // active | inactive | deprovisioned
  std::string country;  // ISO 3166-1 alpha-2
  UnixMillis created_at = 0;
  std::string identity = "dedicated";  // dedicated | shared | hybrid
  std::string blocked_channels = {};   // words; "*" = every channel
  std::string routes = {};             // kinds of copies that are wanted, as words
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
  std::string scopes;    // words between spaces; "" = all that the role allows
  std::string toolsets;  // words between spaces; "" = the role's usual ones
  std::string audience;  // of access tokens from the authorization server, and so is grant_id
  std::string grant_id;
  std::string organization_status = {};  // read by find_by_hash() only; "" = of no organization
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
  std::string content_hash;  // SHA-256 hex of agent, to, channel, content; "" = content is secret
  UnixMillis created_at = 0;
  UnixMillis updated_at = 0;
  /// Set while the message waits for an attempt: in `accepted` the moment from which the scan for
  /// work left behind may pick it up (stored as created_at when not given), later the retry.
  std::optional<UnixMillis> next_attempt_at;
  /// When the first attempt of a scheduled message began: what counts from the sending counts from
  /// here. Nothing for what was sent at once.
  std::optional<UnixMillis> started_at;
  UnixMillis sent_from() const { return started_at.value_or(created_at); }
  /// How far the state is on its way; a status never goes back (contract C10). The order is
  /// host/messaging's; the store only compares.
  std::int64_t state_rank = 0;
  /// Of a copy, the message or inbox item that it is a copy of; "" for every other message.
  std::string copy_of;
  /// Agent::routes as they were when the rules were asked; nothing when nobody looked. Not stored.
  std::optional<std::string> routes;
  /// What the accept reserved, known to the process that made it; in the store it is the
  /// reservation's.
  std::optional<std::int64_t> reserved_micros;
};

/// A try of a message.
struct Attempt : AttemptRecord {
  std::string message_id;
  std::string detail;  // for the timeline; no personal data
};

/// A line of a message's timeline.
struct TimelineEntry {
  UnixMillis at = 0;
  std::string state;
  std::string detail;
};

/// A webhook event that was taken. One row per event and kind is what makes a repeat harmless.
struct InboundEvent {
  std::string provider;  // "" of a mail, which several may report
  std::string event_id;  // the vendor's; of a mail, messaging::mail_key and the agent
  std::string kind;      // message | status | call ... | mail
  std::string org_id;    // "" when no agent could be found
  std::string agent_id;
  UnixMillis received_at = 0;
};

/// A contact who must not be written to.
struct Suppression {
  std::string org_id;
  std::string agent_id;      // "" = every agent of the organization
  std::string channel;       // "" = every channel
  std::string contact_hash;  // keyed hash of the address; the address itself is not kept
  std::string source;        // keyword | api | complaint | bounce ...
  UnixMillis created_at = 0;
};

/// Replaces a slot's provider for one agent or one organization.
struct ProviderOverride {
  std::string org_id;
  std::string agent_id;  // "" = the organization's
  std::string slot;
  std::string provider;
  UnixMillis created_at = 0;
};

/// One counter of use: what was done in one window. Limits are counters with a ceiling.
struct Usage {
  std::string org_id;
  std::string agent_id;
  std::string action;  // sms | email | voice_call ..., or one with a contact's hash behind it
  std::string window;  // minute | hour | day | month
  UnixMillis window_start = 0;
  std::int64_t count = 0;
  std::int64_t spend_micros = 0;
};

/// A line of the audit log, as read back. No personal data: ids, names of things, reasons.
struct AuditEntry {
  std::int64_t sequence = 0;  // 1, 2, ... without gaps
  std::string id;
  UnixMillis at = 0;
  std::string org_id;  // "" for what concerns the whole server
  std::string actor;
  std::string action;
  std::string target;
  std::string details_json;  // "" or an object
  std::string leaf;          // 32 bytes: see host/store/audit_log.h
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
