#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// The callbacks of agents and the queue of what they are to be told. "Guarded" means that the unit
/// is undone when the condition does not hold. Errors of reads: those of Store::query.
/// [any executor]
class CallbackRepository {
 public:
  explicit CallbackRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<CallbackEndpoint>>> endpoint(std::string_view org_id,
                                                         std::string_view agent_id) const;
  Task<Result<std::vector<CallbackEndpoint>>> endpoints(std::string_view org_id) const;
  Task<Result<std::optional<CallbackDelivery>>> find(std::string_view org_id,
                                                     std::string_view agent_id,
                                                     std::string_view id) const;
  /// The newest first; state "" = all.
  Task<Result<std::vector<CallbackDelivery>>> list(std::string_view org_id,
                                                   std::string_view agent_id,
                                                   std::string_view state,
                                                   std::int64_t limit) const;
  /// How many deliveries are in which state; states without any are left out.
  Task<Result<std::map<std::string, std::int64_t>>> counts(std::string_view org_id,
                                                           std::string_view agent_id) const;

  /// System-level: whether a claim would find something.
  Task<Result<bool>> any_due(UnixMillis now) const;

  /// Guarded: the agent is there and has no endpoint.
  static void add_create(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view url, std::string_view sealed_secret, UnixMillis at);
  /// Guarded: there is one.
  static void add_set_url(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                          std::string_view url, UnixMillis at);
  /// Guarded: the secret is still the one that `endpoint` was read with.
  static void add_rotate(UnitOfWork& unit, const CallbackEndpoint& endpoint,
                         std::string_view sealed_secret, UnixMillis previous_until, UnixMillis at);
  /// Guarded: there is one.
  static void add_enable(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         UnixMillis at);
  /// Guarded: there is one. What waits for it becomes dead.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         UnixMillis at);

  /// Queues news of an inbox item. Nothing happens for an agent without a callback, nor for news
  /// that is queued already.
  static void add_item(UnitOfWork& unit, const CallbackDelivery& delivery);
  /// The same for a message, if it is in `state`.
  static void add_state(UnitOfWork& unit, const CallbackDelivery& delivery, std::string_view state);
  /// System-level: takes at most `limit` deliveries that are due, whose rows the step returns, for
  /// this worker until `lease_until`. read_claimed() reads them.
  static void add_claim(UnitOfWork& unit, std::string_view worker, UnixMillis now,
                        UnixMillis lease_until, std::int64_t limit);
  /// What this worker had claimed when it last ended is due now.
  static void add_reclaim(UnitOfWork& unit, std::string_view worker, UnixMillis now);
  static std::vector<CallbackDelivery> read_claimed(const Rows& rows);
  /// Guarded: the delivery is still this worker's, at this attempt. What comes next in its lane is
  /// due when it has ended.
  static void add_finish(UnitOfWork& unit, const CallbackDelivery& delivery,
                         const CallbackResult& result);
  /// The endpoint took something.
  static void add_succeeded(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                            UnixMillis at);
  /// It did not; when it has not since before `failing_before`, it is disabled and what waits is
  /// kept for it.
  static void add_failed(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view error, UnixMillis failing_before, UnixMillis at);

  /// Guarded: the delivery has ended, well or badly.
  static void add_replay(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view id, UnixMillis at);
  /// All in that state (dead, delivered) that were queued at `since` or later.
  static void add_replay_all(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                             std::string_view state, UnixMillis since, UnixMillis at);
  /// System-level: finds the lanes that nobody advanced.
  static void add_advance_forgotten(UnitOfWork& unit, UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
