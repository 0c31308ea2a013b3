#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/callback_repository.h"
#include "store/route_records.h"
#include "store/store.h"

namespace commsd::store {

/// The routes of agents and the queue of what second receivers of callbacks are told. Copies that
/// are messages are in MessageRepository. "Guarded" means that the unit is undone when the
/// condition does not hold. Errors of reads: those of Store::query. [any executor]
class RouteRepository {
 public:
  explicit RouteRepository(Store& store) : store_(store) {}

  /// By kind.
  Task<Result<std::vector<Route>>> of_agent(std::string_view org_id,
                                            std::string_view agent_id) const;
  /// What was told, or is to be told, about one message or inbox item, the oldest first.
  Task<Result<std::vector<CallbackDelivery>>> told_of(std::string_view org_id,
                                                      std::string_view subject_id) const;
  /// System-level: whether a claim would find something.
  Task<Result<bool>> any_due(UnixMillis now) const;

  /// To come first in a unit that changes routes. Guarded: the agent is there and not
  /// deprovisioned.
  static void add_lock(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id);
  /// Guarded: the target is no address of the agent itself.
  static void add_set(UnitOfWork& unit, const Route& route, UnixMillis at);
  /// Nothing happens when there is none.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view kind);
  /// Writes Agent::routes anew; behind the two above, once.
  static void add_note_with_agent(UnitOfWork& unit, std::string_view org_id,
                                  std::string_view agent_id);

  /// Nothing for an agent without webhook_copy, or when that was queued before.
  static void add_told(UnitOfWork& unit, const CallbackDelivery& delivery);
  /// The same about a message, if it is in that state.
  static void add_told_state(UnitOfWork& unit, const CallbackDelivery& delivery,
                             std::string_view state);
  /// As CallbackRepository::add_claim, read by read_claimed().
  static void add_claim(UnitOfWork& unit, std::string_view worker, UnixMillis now,
                        UnixMillis lease_until, std::int64_t limit);
  static std::vector<CallbackDelivery> read_claimed(const Rows& rows);
  /// Guarded: the worker still has it.
  static void add_finish(UnitOfWork& unit, const CallbackDelivery& delivery,
                         const CallbackResult& result);

 private:
  Store& store_;
};

}  // namespace commsd::store
