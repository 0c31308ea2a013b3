#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/call_records.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// How the attempt of a call ended.
struct CallResult : AttemptEnd {
  std::string call_id;
  std::optional<UnixMillis> ended_at;  // of the call, when it is over by it
};

/// What a vendor's callback says about a call.
struct CallStatus {
  std::string org_id;
  std::string call_id;
  std::string state;
  std::int64_t state_rank = 0;
  std::string vendor_id;  // kept only when the call has none yet
  std::string error_code;
  std::string vendor_code;
  std::string failure_reason;
  std::optional<std::int64_t> duration_ms;
  std::optional<UnixMillis> answered_at;
  std::optional<UnixMillis> ended_at;
  std::optional<UnixMillis> cost_due_at;  // when the call ends with its cost unknown
  UnixMillis at = 0;
};

/// What is learnt of a call beside its state; absent members change nothing.
struct CallNote {
  std::string org_id;
  std::string call_id;
  std::string answered_by;
  std::string recording_id;
  std::string recording_url;
  std::optional<std::int64_t> duration_ms;
  UnixMillis at = 0;
};

/// Calls with their attempts, timeline and script. "Guarded" as in MessageRepository; errors of
/// reads: those of Store::query. [any executor]
class CallRepository {
 public:
  explicit CallRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Call>>> find(std::string_view org_id, std::string_view id) const;
  Task<Result<std::optional<Call>>> find_by_vendor_id(std::string_view org_id,
                                                      std::string_view provider,
                                                      std::string_view vendor_id) const;
  /// By the vendor's id alone, over whichever vendors the agent's calls go.
  Task<Result<std::optional<Call>>> find_of_agent(std::string_view org_id,
                                                  std::string_view agent_id,
                                                  std::string_view vendor_id) const;
  /// Calls over any bridge of the organization, the newest first.
  Task<Result<std::vector<Call>>> of_bridges(std::string_view org_id, std::int64_t limit) const;
  /// System-level: calls whose cost is to be asked for, the longest waiting first.
  Task<Result<std::vector<Call>>> cost_due(UnixMillis now, std::int64_t limit) const;
  /// Empty once it was dropped.
  Task<Result<std::optional<std::string>>> script(std::string_view org_id,
                                                  std::string_view call_id) const;
  Task<Result<std::vector<CallAttempt>>> attempts(std::string_view org_id,
                                                  std::string_view call_id) const;
  Task<Result<std::vector<TimelineEntry>>> timeline(std::string_view org_id,
                                                    std::string_view call_id) const;
  /// System-level: by the client reference that a vendor echoes in its callbacks.
  Task<Result<std::optional<CallAttempt>>> find_attempt(std::string_view attempt_id) const;
  /// System-level: attempts without outcome, oldest first, from behind `after_id` ("" = start).
  Task<Result<std::vector<CallAttempt>>> open_attempts(std::string_view after_id,
                                                       std::int64_t limit) const;
  /// The same, of one worker's.
  Task<Result<std::vector<CallAttempt>>> open_attempts_of(std::string_view worker,
                                                          std::string_view after_id,
                                                          std::int64_t limit) const;

  /// The call and, unless empty, its script. Guarded: id and vendor id are new and the agent is in
  /// the organization.
  static void add_accept(UnitOfWork& unit, const Call& call, std::string_view script_json);
  /// Opens an attempt of a call that is accepted in the same unit.
  static void add_attempt(UnitOfWork& unit, const CallAttempt& attempt);
  /// Opens the next attempt. Guarded: the call is in `expected_state` with one attempt less.
  static void add_next_attempt(UnitOfWork& unit, const CallAttempt& attempt,
                               std::string_view expected_state);
  /// Guarded: the attempt is open. A call that a faster callback has moved on keeps its state.
  static void add_result(UnitOfWork& unit, const CallResult& result);
  /// Guarded: the new rank is higher than the stored one. A failed guard means a late callback.
  static void add_status(UnitOfWork& unit, const CallStatus& status);
  static void add_note(UnitOfWork& unit, const CallNote& note);
  static void add_timeline(UnitOfWork& unit, std::string_view org_id, std::string_view call_id,
                           const TimelineEntry& entry);
  /// What stays of the script of a call that is over; empty after its time.
  Task<Result<std::optional<std::string>>> kept_script(std::string_view org_id,
                                                       std::string_view call_id,
                                                       UnixMillis now) const;
  static void add_keep_script(UnitOfWork& unit, std::string_view org_id, std::string_view call_id,
                              UnixMillis until);
  static void add_drop_script(UnitOfWork& unit, std::string_view org_id, std::string_view call_id);
  /// Makes this worker the one that asks for the cost now; `next_at` is when it is asked again, or
  /// nothing when this is the last time. Guarded: the call is due when it was read to be.
  static void add_take_cost_look(UnitOfWork& unit, const Call& call,
                                 std::optional<UnixMillis> next_at);
  static void add_cost(UnitOfWork& unit, const Call& call, std::int64_t micros,
                       std::string_view currency, std::optional<std::int64_t> duration_ms,
                       UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
