#pragma once

#include <cstdint>
#include <functional>
#include <map>
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
#include "provisioning/country_requirements.h"
#include "provisioning/email_domains.h"
#include "provisioning/provisioning_types.h"
#include "provisioning/purchases.h"
#include "store/audit_log.h"
#include "store/pool_repository.h"
#include "store/store.h"

namespace commsd::provisioning {

class ProviderRegistry;

/// Gives agents channels and takes them back. [any executor]
///
/// provision() is all or nothing, through a crash at any point too: before the first purchase it is
/// durable that this agent is being made, which takes its id and a slot of the pool; everything
/// bought goes through Purchases; one unit makes the agent, its channels and token, and turns what
/// is held into what is owned. Whatever does not get there is undone, at once or by recover().
class ProvisioningService {
 public:
  /// `providers` still yield those of a suspended organization, whose agents can be taken back;
  /// none is provisioned for it.
  ProvisioningService(store::Store& store, plugin::Providers& providers,
                      identity::TokenService& tokens, store::AuditLog& audit, const Clock& clock,
                      const Ids& ids, ProvisioningSettings settings)
      : store_(store),
        providers_(providers),
        tokens_(tokens),
        audit_(audit),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        purchases_(store, providers, audit, clock, ids, settings_.worker,
                   {settings_.purchase_grace, settings_.purchase_retry}),
        domains_(store, providers, audit, clock),
        requirements_(store, audit, clock) {}

  /// What provider overrides and sub-accounts are kept in; without it both are refused. Set once,
  /// before the first call.
  void use_registry(ProviderRegistry& registry) { registry_ = &registry; }

  /// Called with organization and agent once an agent was provisioned or deprovisioned. Set once,
  /// before the first call.
  void on_change(std::function<void(const std::string&, const std::string&)> listener) {
    on_change_ = std::move(listener);
  }

  /// What stands before numbers of a country; a production organization that has not met it is
  /// refused.
  CountryRequirements& requirements() { return requirements_; }
  Purchases& purchases() { return purchases_; }
  EmailDomains& domains() { return domains_; }
  const ProvisioningSettings& settings() const { return settings_; }

  /// invalid_argument, conflict (the agent exists), not_found (the organization), rejected (the
  /// pool is full, the organization is suspended, the mail domain is not verified, the country asks
  /// for what is not met), unsupported
  /// (the vendor has no sub-accounts), and what the vendors say.
  Task<Result<Provisioned>> provision(identity::Principal actor, ProvisionRequest request);

  /// Twice is harmless. What a vendor does not take back now is taken back later, and named in the
  /// warnings. A number that is not to be released joins the organization's number pool. not_found
  /// when the organization has no such agent.
  Task<Result<Deprovisioned>> deprovision(identity::Principal actor, std::string org_id,
                                          std::string agent_id, bool release_number);

  /// The kill switch: from then on nothing goes out on these channels ("*" = on any), and what
  /// comes in is stored and wakes nobody. Replaces what was blocked before; empty unblocks all.
  /// invalid_argument names a channel that is none; not_found.
  Task<Result<std::vector<std::string>>> block_channels(identity::Principal actor,
                                                        std::string org_id, std::string agent_id,
                                                        std::vector<std::string> channels);

  /// The organization's agents by id, from behind `after_id` ("" = from the start).
  Task<Result<std::vector<store::Agent>>> agents(std::string org_id, std::string after_id,
                                                 std::int64_t limit) const;
  /// Those whose id begins like this.
  Task<Result<std::vector<store::Agent>>> agents_starting_with(std::string org_id,
                                                               std::string prefix,
                                                               std::int64_t limit) const;

  Task<Result<ChannelReport>> report(std::string org_id, std::string agent_id) const;
  Task<Result<Pool>> pool(std::string org_id) const;

  /// The organization of an agent an orchestrator names; not_found when there is none.
  Task<Result<std::string>> organization_of(std::string agent_id) const;

 private:
  struct Acquired;

  Task<Result<void>> check_id(identity::Principal actor, std::string org_id,
                              std::string agent_id) const;
  Task<Result<store::Provisioning>> begin(const ProvisionRequest& request);
  Task<Result<void>> acquire(const identity::Principal& actor, const ProvisionRequest& request,
                             Acquired& acquired);
  Task<Result<void>> use_account(const ProvisionRequest& request, Acquired& acquired);
  Task<Result<void>> use_overrides(const ProvisionRequest& request, Acquired& acquired);
  Task<Result<void>> add_number(const ProvisionRequest& request, Acquired& acquired);
  Task<Result<void>> add_whatsapp(const ProvisionRequest& request, Acquired& acquired);
  Task<Result<void>> add_email(const identity::Principal& actor, const ProvisionRequest& request,
                               Acquired& acquired);
  Task<Result<store::UnitOutcome>> save(const identity::Principal& actor,
                                        const ProvisionRequest& request, Acquired& acquired,
                                        Provisioned& done);
  Task<void> undo(const ProvisionRequest& request, Acquired& acquired);

  store::Store& store_;
  plugin::Providers& providers_;
  identity::TokenService& tokens_;
  store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
  ProvisioningSettings settings_;
  Purchases purchases_;
  EmailDomains domains_;
  CountryRequirements requirements_;
  ProviderRegistry* registry_ = nullptr;
  std::function<void(const std::string&, const std::string&)> on_change_;
};

}  // namespace commsd::provisioning
