#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/whatsapp_provider.h"
#include "store/acquisition_repository.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::provisioning {

/// Buys at vendors and gives back, so that nothing that costs money is ever forgotten:
///   - a purchase is durable before the vendor is asked, and the vendor is given its id;
///   - what was bought is durable before anything else is done with it;
///   - it counts as owned in the unit that gives it to somebody, and only there;
///   - what is not owned a few minutes later (a crash, a lost answer, a failed release) is looked
///   up
///     at the vendor and given back, by a job and at the next start, until the vendor confirms.
/// [any executor]
class Purchases {
 public:
  struct Patience {
    /// Longer than a purchase and what follows it can take.
    std::chrono::milliseconds grace{120'000};
    /// Before the second look-up of what could not be settled; doubles, up to an hour.
    std::chrono::milliseconds retry{30'000};
  };

  /// `providers` still yield those of a suspended organization: it must be able to give back.
  /// `worker` names this process, and its successor, among those on one database.
  Purchases(store::Store& store, plugin::Providers& providers, store::AuditLog& audit,
            const Clock& clock, const Ids& ids, std::string worker, Patience patience)
      : store_(store),
        ledger_(store),
        providers_(providers),
        audit_(audit),
        clock_(clock),
        ids_(ids),
        worker_(std::move(worker)),
        patience_(patience),
        begun_(clock.now()) {}

  const std::string& worker() const { return worker_; }
  const Patience& patience() const { return patience_; }

  struct Order {
    std::string org_id;
    std::string agent_id;         // "" = for a pool
    std::string provisioning_id;  // "" = of none
    plugin::NumberQuery query;
  };
  /// The number is `held` then: somebody must own() it in the unit that uses it, or give_back().
  /// Errors: those of the vendor, and of the store. After every error nothing is held, or it will
  /// be found and given back.
  Task<Result<store::Acquisition>> buy_number(std::shared_ptr<plugin::TelephonyProvider> vendor,
                                              Order order, std::chrono::milliseconds limit);

  struct AccountOrder {
    std::string org_id;
    std::string agent_id;  // "" = for the whole organization
    std::string provisioning_id;
    std::string name;
  };
  struct Account {
    store::Acquisition acquisition;
    plugin::KeyValues settings;  // secrets
  };
  /// As buy_number().
  Task<Result<Account>> open_account(std::shared_ptr<plugin::TelephonyProvider> vendor,
                                     AccountOrder order, std::chrono::milliseconds limit);

  struct SenderOrder {
    std::string org_id;
    std::string agent_id;  // "" = for a pool
    std::string provisioning_id;
    plugin::SenderRequest request;
  };
  struct Sender {
    store::Acquisition acquisition;
    std::string status;  // as in plugin::SenderState
  };
  /// As buy_number(). It costs nothing, but a number that was given back and is still somebody's
  /// sender cannot be registered again.
  Task<Result<Sender>> register_sender(std::shared_ptr<plugin::WhatsappProvider> vendor,
                                       SenderOrder order, std::chrono::milliseconds limit);

  /// Guarded: the unit is undone when the acquisition is no longer held, because it was found to be
  /// left behind meanwhile.
  void add_own(store::UnitOfWork& unit, const store::Acquisition& held) const;
  /// Guarded likewise. From then on it is given back, whatever happens; settle() does it at once.
  void add_release(store::UnitOfWork& unit, store::Acquisition& acquisition) const;

  /// Gives back what is held. Never fails: what the vendor does not take now is taken later.
  Task<void> give_back(store::Acquisition held);
  /// Looks up or releases one that is asked or releasing. An error: not yet, and why.
  Task<Result<void>> settle(store::Acquisition acquisition);

  /// Ends the making of an agent that came to nothing and returns its slot. Guarded: the unit is
  /// undone when it had ended.
  void add_undo(store::UnitOfWork& unit, const store::Provisioning& provisioning) const;

  /// Everything that was left behind, at most `limit`; returns how many were found. An error is the
  /// store's.
  Task<Result<std::size_t>> recover(std::int64_t limit);

 private:
  Task<Result<store::Acquisition>> ask(store::Acquisition acquisition);
  Task<Result<void>> refuse(store::Acquisition asked, Error error);
  Task<Result<store::Acquisition>> hold(store::Acquisition asked, std::string address,
                                        std::string vendor_id);
  Task<Result<void>> look_up(store::Acquisition asked);
  Task<Result<void>> release(store::Acquisition acquisition);
  Task<Result<void>> postpone(store::Acquisition acquisition, Error error);
  std::shared_ptr<plugin::TelephonyProvider> vendor_of(const store::Acquisition& acquisition) const;
  /// Fills in what the vendor made of it. not_found: certainly nothing.
  Task<Result<void>> find_at_vendor(store::Acquisition& asked) const;
  Task<Result<void>> move(store::Acquisition& acquisition,
                          store::AcquisitionRepository::Move change);

  store::Store& store_;
  store::AcquisitionRepository ledger_;
  plugin::Providers& providers_;
  store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
  const std::string worker_;
  const Patience patience_;
  const UnixMillis begun_;
};

}  // namespace commsd::provisioning
