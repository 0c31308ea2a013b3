#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Rows of what organizations own and share; conventions as in store/records.h.

namespace commsd::store {

struct Organization {
  std::string id;
  std::string name;
  std::string mode;    // sandbox | production
  std::string status;  // active | suspended
  UnixMillis created_at = 0;
  std::string slug = {};
  std::string company = {};
  std::string website = {};
  std::string use_case = {};
  std::string settings_json = {};         // "" or an object
  std::string review = "pending_review";  // pending_review | approved | rejected
  std::string review_reason = {};
  std::optional<UnixMillis> reviewed_at = {};
  std::optional<std::int64_t> agent_slots = {};  // nothing = as configured
  std::int64_t active_agents = 0;                // not deprovisioned, and those being made
  std::string postal_address = {};               // lines; for mails of marketing
};

/// The provider of a channel whose messages go out from the organization's number pool. Such a
/// channel has no address of its own.
inline constexpr std::string_view pooled_provider = "pool";

/// An agent being made. It holds the agent's id and a slot of the pool.
struct Provisioning {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string worker;  // the process that makes it, as in Attempt
  UnixMillis started_at = 0;
};

/// Something that was asked of a vendor and may cost money. The row is durable before the vendor is
/// asked; its id is the client reference that the vendor is given.
struct Acquisition {
  std::string id;
  std::string org_id;
  std::string agent_id;         // "" = of a pool
  std::string provisioning_id;  // "" = of none
  std::string kind;             // number | account | sender
  std::string provider;
  std::string address;
  std::string vendor_id;
  /// asked (nobody knows whether it was bought) | held | owned | releasing | released | refused
  std::string state;
  std::string worker;
  std::int64_t tries = 0;  // to release or look it up
  UnixMillis started_at = 0;
};

/// A number of an organization's pool.
struct PoolNumber {
  std::string org_id;
  std::string number;        // E.164
  std::string country;       // ISO 3166-1 alpha-2
  std::string capabilities;  // words: sms mms voice
  bool is_default = false;
  std::string status;  // active | disabled
  std::string label;
  std::string provider;
  std::string vendor_id;
  std::string agent_id;  // who gets what comes in; "" = nobody
  UnixMillis created_at = 0;
};

/// Whose a number is at which something came in. All empty = nobody's.
struct NumberRoute {
  std::string owner;          // the agent whose own number it is
  bool pooled = false;        // it is of the organization's pool
  std::string last_agent;     // that last wrote to the contact from there; "" = none did
  std::string default_agent;  // that gets the rest; "" = nobody
};

/// A WhatsApp sender that is kept ready.
struct WhatsappSender {
  std::string org_id;
  std::string number;
  std::string sender_id;  // the vendor's
  std::string provider;
  /// available | assigned | offline (there, but not to be used now) | gone (at the vendor)
  std::string status;
  std::string agent_id;  // "" = nobody's
  UnixMillis created_at = 0;
};

struct EmailDomain {
  std::string org_id;
  std::string domain;  // lower case
  std::string status;  // pending | sandbox | verified
  std::string provider;
  UnixMillis claimed_at = 0;
  UnixMillis checked_at = 0;
  std::optional<UnixMillis> verified_at;
};

/// A provider that was registered while the server runs.
struct RegisteredProvider {
  std::string org_id;    // "" = the whole server's
  std::string agent_id;  // "" = every agent
  std::string slot;
  std::string provider;
  std::string config_sealed;  // "" = the settings of that provider in the configuration file
  UnixMillis created_at = 0;
};

}  // namespace commsd::store
