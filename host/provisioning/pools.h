#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "provisioning/provisioning_service.h"
#include "store/audit_log.h"
#include "store/pool_repository.h"

namespace commsd::provisioning {

/// What an organization's agents share: numbers, and WhatsApp senders that are ready. [any
/// executor]
class Pools {
 public:
  Pools(store::Store& store, plugin::Providers& providers, ProvisioningService& provisioning,
        store::AuditLog& audit, const Clock& clock)
      : store_(store),
        pools_(store),
        providers_(providers),
        provisioning_(provisioning),
        audit_(audit),
        clock_(clock) {}

  struct NewNumber {
    std::string org_id;
    std::string number;  // one that is there already; "" = buy one
    std::string country = "US";
    std::vector<std::string> capabilities = {"sms", "voice"};
    std::string label;
    /// Gets what comes in and answers no agent; "" = nobody: then it is refused, and said so.
    std::string agent_id;
  };
  /// invalid_argument; not_found: no such agent; rejected: the country asks for what is not met;
  /// conflict: in a pool already; what the vendor says.
  Task<Result<store::PoolNumber>> add_number(identity::Principal actor, NewNumber wanted);
  /// One that was bought here is given back to the vendor. not_found.
  Task<Result<void>> remove_number(identity::Principal actor, std::string org_id,
                                   std::string number);
  /// `what`: default | active | disabled. not_found.
  Task<Result<void>> change_number(identity::Principal actor, std::string org_id,
                                   std::string number, std::string what);
  /// Names who gets what comes in and answers no agent; "" = nobody. not_found: no such number or
  /// agent.
  Task<Result<void>> name_agent(identity::Principal actor, std::string org_id, std::string number,
                                std::string agent_id);
  /// Says at which telephony providers a number is set up, of the pool or an agent's own: it was
  /// moved there, or is hosted at several, and then they stand in for each other. What was bought
  /// here is still given back to the seller. invalid_argument: none; not_found: no such number, or
  /// no provider of that name is configured.
  Task<Result<void>> set_providers(identity::Principal actor, std::string org_id,
                                   std::string number, std::vector<std::string> providers);
  Task<Result<std::vector<store::PoolNumber>>> numbers(std::string org_id) const;

  struct Refilled {
    std::int64_t added = 0;
    std::int64_t available = 0;
  };
  /// Buys numbers and registers them until `size` senders are there, assigned ones included. What
  /// was added before an error stays.
  Task<Result<Refilled>> refill_senders(identity::Principal actor, std::string org_id,
                                        std::string country, std::int64_t size);
  Task<Result<std::vector<store::WhatsappSender>>> senders(std::string org_id) const;

  struct CheckedSenders {
    std::int64_t online = 0;
    std::int64_t offline = 0;  // there, but not to be used now
    std::int64_t gone = 0;
  };
  /// Compares the pool with the vendor: who is not online is given to no agent until it is again;
  /// who is gone leaves the pool with its number, at once or, when an agent has it, after the
  /// agent; not while the vendor knows none of them. What a vendor does not tell stays as it is.
  Task<Result<CheckedSenders>> check_senders(identity::Principal actor, std::string org_id);
  /// The same for every organization that has senders.
  Task<Result<void>> check_all_senders();

 private:
  Task<Result<void>> set_sender_status(store::WhatsappSender sender, std::string status);
  Task<Result<void>> take_out(identity::Principal actor, store::WhatsappSender sender);
  Task<Result<void>> check_agent(std::string org_id, std::string agent_id) const;
  Task<Result<void>> add_sender(identity::Principal actor, std::string org_id, std::string country);
  Task<Result<store::Acquisition>> buy(std::string org_id, std::string country, bool sms,
                                       bool voice);

  store::Store& store_;
  store::PoolRepository pools_;
  plugin::Providers& providers_;
  ProvisioningService& provisioning_;
  store::AuditLog& audit_;
  const Clock& clock_;
};

}  // namespace commsd::provisioning
