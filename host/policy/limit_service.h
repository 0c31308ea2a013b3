#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "policy/limits.h"
#include "store/audit_log.h"
#include "store/limit_repository.h"
#include "store/store.h"

namespace commsd::policy {

/// Sets and shows limits and billing. `agent_id` "" is the organization itself: its limits count
/// for each of its agents that has none of its own, its caps for all of them together. What is set
/// is audited with who set it, and counts from the next action on. [any executor]
class LimitService {
 public:
  LimitService(store::Store& store, const store::AuditLog& audit, const TierTable& tiers,
               const Clock& clock, Limits defaults, std::int64_t default_markup_ppm)
      : store_(store),
        limits_(store),
        audit_(audit),
        tiers_(tiers),
        clock_(clock),
        defaults_(defaults),
        default_markup_ppm_(default_markup_ppm) {}

  struct View {
    Limits limits;  // that count for the agent, or for an agent without own ones
    store::LimitSettings organization;  // with the caps
    store::LimitSituation situation;
  };
  /// not_found: no such organization, or no such agent in it.
  Task<Result<View>> view(std::string org_id, std::string agent_id) const;

  /// Empty members stay as they are; -1 goes back to the next source. not_found as above;
  /// invalid_argument: caps of an agent. Then nothing is changed.
  Task<Result<View>> set(std::string actor, store::LimitSettings settings);

  struct Billing {
    std::string tier;  // "" = none
    std::int64_t markup_ppm = 0;
    std::string email;
    const Limits* tier_limits = nullptr;  // null without a tier
  };
  Task<Result<Billing>> billing(std::string org_id, std::string agent_id) const;
  /// Empty members stay as they are. invalid_argument: no such tier. The tier's limits count at
  /// once, below those that were set for the agent itself.
  Task<Result<Billing>> set_billing(std::string actor, store::BillingSettings settings);

  const TierTable& tiers() const { return tiers_; }
  std::int64_t default_markup_ppm() const { return default_markup_ppm_; }

 private:
  store::Store& store_;
  store::LimitRepository limits_;
  const store::AuditLog& audit_;
  const TierTable& tiers_;
  const Clock& clock_;
  Limits defaults_;
  std::int64_t default_markup_ppm_;
};

}  // namespace commsd::policy
