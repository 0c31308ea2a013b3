#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "identity/token_service.h"
#include "plugin/providers.h"
#include "store/audit_log.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::provisioning {

struct ProvisioningSettings {
  std::string public_url;          // webhooks of bought numbers point below it
  std::int64_t most_agents = 100;  // per organization
};

struct ProvisionRequest {
  std::string org_id;
  std::string agent_id;  // "" = make one
  std::string display_name;
  std::string country = "US";  // ISO 3166-1 alpha-2
  bool phone = false;
  bool whatsapp = false;
  bool email = false;
  bool voice = false;
  std::string email_domain;  // required with `email`
};

struct Pool {
  std::int64_t most_agents = 0;
  std::int64_t active_agents = 0;
};

struct Provisioned {
  store::Agent agent;
  std::vector<store::Channel> channels;
  std::string token;  // shown once
  Pool pool;
};

struct Deprovisioned {
  bool already = false;
  bool number_released = false;
  bool whatsapp_returned = false;
  std::vector<std::string> warnings;
};

struct ChannelReport {
  store::Agent agent;
  std::vector<store::Channel> channels;
  Pool pool;
};

/// Gives agents channels of their own (dedicated identity) and takes them back. [any executor]
///
/// provision() is all or nothing: what was bought at a vendor before a later step failed is given
/// back, and a thing that cannot be given back is named in the log and the audit.
class ProvisioningService {
 public:
  ProvisioningService(store::Store& store, plugin::Providers& providers,
                      identity::TokenService& tokens, store::AuditLog& audit, const Clock& clock,
                      const Ids& ids, ProvisioningSettings settings)
      : store_(store),
        providers_(providers),
        tokens_(tokens),
        audit_(audit),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)) {}

  /// Called with organization and agent once an agent was provisioned or deprovisioned. Set once,
  /// before the first call.
  void on_change(std::function<void(const std::string&, const std::string&)> listener) {
    on_change_ = std::move(listener);
  }

  /// invalid_argument, conflict (the agent exists), not_found (the organization), rejected (the
  /// pool is full, the organization is not active), and what the vendors say.
  Task<Result<Provisioned>> provision(identity::Principal actor, ProvisionRequest request);

  /// Twice is harmless. not_found when the organization has no such agent.
  Task<Result<Deprovisioned>> deprovision(identity::Principal actor, std::string org_id,
                                          std::string agent_id, bool release_number);

  /// The organization's agents by id, from behind `after_id` ("" = from the start).
  Task<Result<std::vector<store::Agent>>> agents(std::string org_id, std::string after_id,
                                                 std::int64_t limit) const;
  /// Those whose id begins like this.
  Task<Result<std::vector<store::Agent>>> agents_starting_with(std::string org_id,
                                                               std::string prefix,
                                                               std::int64_t limit) const;

  Task<Result<ChannelReport>> report(std::string org_id, std::string agent_id) const;

  /// The organization of an agent an orchestrator names; not_found when there is none.
  Task<Result<std::string>> organization_of(std::string agent_id) const;

 private:
  struct Acquired;

  Task<Result<void>> acquire(const ProvisionRequest& request, Acquired& acquired) const;
  Task<Result<void>> acquire_number(const ProvisionRequest& request, Acquired& acquired) const;
  Task<void> give_back(plugin::Scope scope, Acquired& acquired) const;
  Task<Result<Pool>> pool(std::string org_id) const;

  store::Store& store_;
  plugin::Providers& providers_;
  identity::TokenService& tokens_;
  store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
  ProvisioningSettings settings_;
  std::function<void(const std::string&, const std::string&)> on_change_;
};

}  // namespace commsd::provisioning
