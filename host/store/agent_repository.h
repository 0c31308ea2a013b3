#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// What has to be known about sender and contact before the contact is reached.
struct SendContext {
  std::string agent_status;
  std::string agent_country;   // ISO 3166-1 alpha-2; "" = not known
  std::string address;         // the agent's on the channel; "" when it has none
  std::string channel_status;  // "" when the agent has no such channel
  std::string org_mode;        // sandbox | production
  std::string opt_out_source;  // of what stops the contact from being reached; "" = nothing does
  std::string consent_type;    // of the row on record; "" = none, or none was ever granted
  std::string consent_status;  // granted | revoked; "" = no row
  std::optional<UnixMillis> consent_granted_at;
  std::optional<UnixMillis> consent_expires_at;
  bool consent_evidence = false;  // it has a source or notes
  bool on_dnc_list = false;
  std::string identity;        // of the agent; with `provider`, what policy::SenderAddress asks for
  std::string provider;        // of the channel
  std::string postal_address;  // of the organization; "" = none is set
  std::string routes;          // Agent::routes
};

/// Agents. Agent ids are unique in the whole database, because webhook paths carry nothing else.
/// Errors of reads: those of Store::query. [any executor]
class AgentRepository {
 public:
  explicit AgentRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Agent>>> find(std::string_view org_id, std::string_view agent_id) const;
  /// Nothing when the organization has no such agent.
  Task<Result<std::optional<SendContext>>> send_context(std::string_view org_id,
                                                        std::string_view agent_id,
                                                        std::string_view channel,
                                                        std::string_view contact_hash) const;
  /// System-level: the agent named by a webhook path, of whatever organization and status.
  Task<Result<std::optional<Agent>>> find_for_webhook(std::string_view agent_id) const;
  /// Oldest first, from behind `after_id` ("" = from the start).
  Task<Result<std::vector<Agent>>> list(std::string_view org_id, std::string_view after_id,
                                        std::int64_t limit) const;
  /// By id; for completing one that is being typed.
  Task<Result<std::vector<Agent>>> starting_with(std::string_view org_id, std::string_view prefix,
                                                 std::int64_t limit) const;
  Task<Result<std::int64_t>> count_active(std::string_view org_id) const;

  /// Guarded: the unit is undone when the id is taken or the organization is missing.
  static void add_create(UnitOfWork& unit, const Agent& agent);
  /// Guarded: the unit is undone unless the agent is there.
  static void add_set_status(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                             std::string_view status);
  /// Changes nothing. Guarded: the agent is active, and so is its channel, with this address.
  static void add_require_active(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view channel,
                                 std::string_view address);
  /// Guarded: the unit is undone unless the agent is there and not deprovisioned yet.
  static void add_deprovision(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id);
  /// The kill switch: words between spaces, "*" for every channel, "" for none. Guarded: the unit
  /// is undone unless the agent is there and not deprovisioned.
  static void add_set_blocked_channels(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view agent_id, std::string_view channels);

 private:
  Store& store_;
};

}  // namespace commsd::store
