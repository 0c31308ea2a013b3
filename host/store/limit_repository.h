#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/limit_records.h"
#include "store/store.h"

namespace commsd::store {

/// Who limits an agent and what counts so far, read together. Counters are those of the windows
/// asked for.
struct LimitSituation {
  LimitSettings agent;
  LimitSettings organization;
  std::string agent_tier;
  std::string organization_tier;
  std::int64_t day_count = 0;
  std::int64_t day_spend = 0;  // micros, and so are the others
  std::int64_t month_spend = 0;
  std::int64_t organization_day_spend = 0;  // kept only while the organization has a cap
  std::int64_t organization_month_spend = 0;
  std::int64_t contact_count = 0;
};

struct LimitQuestion {
  std::string org_id;
  std::string agent_id;
  std::string contact;  // the counter of calls to one number; "" = none
  UnixMillis day = 0;   // the beginning of the windows
  UnixMillis month = 0;
};

/// Limits, tiers and billing as they were set. [any executor]
class LimitRepository {
 public:
  explicit LimitRepository(Store& store) : store_(store) {}

  /// Nothing when the organization has no such agent.
  Task<Result<std::optional<LimitSituation>>> situation(const LimitQuestion& question) const;
  /// agent_id "" = the organization's own.
  Task<Result<std::optional<LimitSettings>>> find(std::string_view org_id,
                                                  std::string_view agent_id) const;
  Task<Result<std::optional<BillingSettings>>> billing(std::string_view org_id,
                                                       std::string_view agent_id) const;
  /// The organization's own and those of its agents.
  Task<Result<std::vector<BillingSettings>>> all_billing(std::string_view org_id) const;

  /// What is empty in `settings` stays as it was; -1 takes a setting away.
  static void add_set(UnitOfWork& unit, const LimitSettings& settings);
  /// The same for billing, where nothing can be taken away.
  static void add_set_billing(UnitOfWork& unit, const BillingSettings& settings);
  /// Guarded: the organization has no cap.
  static void add_require_no_cap(UnitOfWork& unit, std::string_view org_id);
  /// Until the unit ends nobody else reserves for the agent ("" = against the organization's caps).
  static void add_lock(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id);

  /// Guarded: nobody has raised the alert for this window.
  static void add_alert(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view rule, std::string_view level, UnixMillis window_start,
                        UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
