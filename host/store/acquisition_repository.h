#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/tenancy_records.h"

namespace commsd::store {

/// The ledger of agents being made and of what was asked of vendors for them. Errors of reads:
/// those of Store::query. [any executor]
class AcquisitionRepository {
 public:
  explicit AcquisitionRepository(Store& store) : store_(store) {}

  /// Guarded: the unit is undone when the agent's id is taken, or being taken.
  static void add_begin(UnitOfWork& unit, const Provisioning& provisioning);
  /// `state`: done | undone. Guarded: the unit is undone unless it was open.
  static void add_end(UnitOfWork& unit, const Provisioning& provisioning, std::string_view state,
                      UnixMillis at);
  /// System-level: open ones of `worker` from before `begun_at`, and of anybody from before
  /// `before`.
  Task<Result<std::vector<Provisioning>>> cut_short(std::string_view worker, UnixMillis begun_at,
                                                    UnixMillis before, std::int64_t limit) const;
  /// System-level: forgets makings and acquisitions that ended before `before`.
  static void add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit);

  static void add_ask(UnitOfWork& unit, const Acquisition& acquisition,
                      std::optional<UnixMillis> next_try_at = {});
  struct Move {
    std::string_view state;
    std::string_view address = {};    // "" = as before
    std::string_view vendor_id = {};  // the same
    std::string_view error_code = {};
    std::optional<UnixMillis> next_try_at = {};
  };
  /// Guarded: the unit is undone unless the row is still in the state that `acquisition` has.
  static void add_move(UnitOfWork& unit, const Acquisition& acquisition, const Move& move,
                       UnixMillis at);
  Task<Result<std::vector<Acquisition>>> of_provisioning(std::string_view org_id,
                                                         std::string_view provisioning_id) const;
  /// What the agent holds or owns; agent "" = what is of no agent.
  Task<Result<std::vector<Acquisition>>> of_agent(std::string_view org_id,
                                                  std::string_view agent_id) const;
  /// Of this number, what is owned.
  Task<Result<std::vector<Acquisition>>> of_number(std::string_view org_id,
                                                   std::string_view number) const;
  /// What is neither owned nor given back nor refused.
  Task<Result<std::vector<Acquisition>>> unsettled(std::string_view org_id,
                                                   std::int64_t limit) const;
  /// System-level: what has to be looked up or released now; of `worker` also what it began before
  /// `begun_at`.
  Task<Result<std::vector<Acquisition>>> due(UnixMillis now, std::string_view worker,
                                             UnixMillis begun_at, std::int64_t limit) const;

 private:
  Store& store_;
};

}  // namespace commsd::store
