#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "plugin/providers.h"
#include "store/audit_log.h"
#include "store/email_domain_repository.h"

namespace commsd::provisioning {

/// Whose mail domains are whose. An agent gets an address below a domain only when the domain is
/// its organization's, which the email provider's verification proves: the organization sets the
/// DNS records that the provider names.
///
/// Records prove something only to those who did not know them before. So the first organization
/// that asks has the domain to itself for three days; a domain that the provider's account has
/// verified already, for whomever, is given by an operator only (an orchestrator, or commsctl). At
/// a sandbox provider every domain is verified at once, and is nobody's: no mail leaves. [any
/// executor]
class EmailDomains {
 public:
  static constexpr std::chrono::hours claim_lifetime{72};

  EmailDomains(store::Store& store, plugin::Providers& providers, store::AuditLog& audit,
               const Clock& clock)
      : store_(store), domains_(store), providers_(providers), audit_(audit), clock_(clock) {}

  struct State {
    std::string domain;
    std::string status;  // pending | sandbox | verified
    std::vector<plugin::DomainRecord> records;
  };

  /// Asks the provider about the domain and makes it the organization's if that is proven; else the
  /// state is `pending`, with the records to set. rejected: another organization's, or asked for by
  /// one; else it is said what an operator has to do. `agent_id` "" = no agent's provider.
  Task<Result<State>> verify(identity::Principal actor, std::string org_id, std::string agent_id,
                             std::string domain, std::chrono::milliseconds limit);

  /// As verify(), and rejected with the records to set when that is not done yet.
  Task<Result<void>> require(identity::Principal actor, std::string org_id, std::string agent_id,
                             std::string domain, std::chrono::milliseconds limit);

  /// An operator's word that the domain is the organization's. rejected: another's.
  Task<Result<void>> assign(identity::Principal actor, std::string org_id, std::string domain);
  /// Agents that have addresses below it keep them.
  Task<Result<void>> remove(identity::Principal actor, std::string org_id, std::string domain);
  Task<Result<std::vector<store::EmailDomain>>> list(std::string org_id) const;

 private:
  Task<Result<void>> save(identity::Principal actor, store::EmailDomain domain);

  store::Store& store_;
  store::EmailDomainRepository domains_;
  plugin::Providers& providers_;
  store::AuditLog& audit_;
  const Clock& clock_;
};

}  // namespace commsd::provisioning
