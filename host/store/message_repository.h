#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// How the attempt of a message ended; `expected_state` is what add_attempt_started gave it.
struct AttemptResult : AttemptEnd {
  std::string message_id;
  std::string detail;                         // for the attempt's row; no personal data
  std::optional<UnixMillis> next_attempt_at;  // set when the message waits for a retry
};

/// What a vendor's callback says about a message.
struct StatusChange {
  std::string org_id;
  std::string message_id;
  std::string state;
  std::int64_t state_rank = 0;
  std::string vendor_id;  // kept only when the message has none yet
  std::string error_code;
  std::string vendor_code;
  std::string failure_reason;
  UnixMillis at = 0;
};

/// What list() looks for.
struct MessageFilter {
  std::string org_id;
  std::string agent_id;   // "" = all of the organization
  std::string channel;    // "" = all
  std::string state;      // "" = all
  std::string before_id;  // page cursor: messages older than this id; "" = from the newest
  std::int64_t limit = 50;
};

/// Outbound messages with their attempts, timeline and content. The contributors add steps to a
/// unit of work; "guarded" means that the unit is undone (UnitOutcome::committed false) when the
/// condition does not hold. Errors of reads: those of Store::query. [any executor]
class MessageRepository {
 public:
  explicit MessageRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Message>>> find(std::string_view org_id, std::string_view id) const;
  Task<Result<std::vector<Message>>> list(const MessageFilter& filter) const;
  /// System-level: the message a callback speaks of, when the vendor names its own id only.
  Task<Result<std::optional<Message>>> find_by_vendor_id(std::string_view provider,
                                                         std::string_view vendor_id) const;
  Task<Result<std::optional<Message>>> find_by_vendor_id(std::string_view org_id,
                                                         std::string_view provider,
                                                         std::string_view vendor_id) const;
  /// System-level: messages whose next_attempt_at has come, the longest waiting first; not those in
  /// the state `scheduled`, which due_scheduled() and due_copies() find.
  Task<Result<std::vector<Message>>> due(UnixMillis now, std::int64_t limit) const;
  Task<Result<std::vector<Message>>> due_scheduled(UnixMillis now, std::int64_t limit) const;
  /// System-level: copies in the state `scheduled` whose time has come, the longest waiting first.
  Task<Result<std::vector<Message>>> due_copies(UnixMillis now, std::int64_t limit) const;
  /// What was made of one message or inbox item by its agent's routes.
  Task<Result<std::vector<Message>>> copies_of(std::string_view org_id,
                                               std::string_view subject_id) const;
  /// System-level: whether a copy went from one address to the other since then.
  Task<Result<bool>> copied_between(std::string_view from, std::string_view to,
                                    UnixMillis since) const;
  /// System-level: attempts without outcome, oldest first, from behind `after_id` ("" = start).
  /// At start they are what a crash cut short.
  Task<Result<std::vector<Attempt>>> open_attempts(std::string_view after_id,
                                                   std::int64_t limit) const;
  /// The same, of one worker's.
  Task<Result<std::vector<Attempt>>> open_attempts_of(std::string_view worker,
                                                      std::string_view after_id,
                                                      std::int64_t limit) const;
  /// System-level: by the client reference that a vendor echoes in its callbacks.
  Task<Result<std::optional<Attempt>>> find_attempt(std::string_view attempt_id) const;
  Task<Result<std::vector<Attempt>>> attempts(std::string_view org_id,
                                              std::string_view message_id) const;
  Task<Result<std::vector<TimelineEntry>>> timeline(std::string_view org_id,
                                                    std::string_view message_id) const;
  /// The content as it was accepted; empty once it was dropped.
  Task<Result<std::optional<std::string>>> payload(std::string_view org_id,
                                                   std::string_view id) const;

  /// The message and its content. Guarded: the id is new and the agent is in the organization. A
  /// message without an attempt is due at once, unless it says when.
  static void add_accept(UnitOfWork& unit, const Message& message, std::string_view payload_json);
  /// `copy` and its content, to the target of the agent's route of that kind. Nothing when the
  /// agent has no such route, when it leads to `contact`, or when `copy.copy_of` has its copy
  /// already.
  static void add_copy(UnitOfWork& unit, const Message& copy, std::string_view kind,
                       std::string_view contact, std::string_view payload_json);
  /// Opens attempt number `attempt.number` and puts the message in `state`. Guarded: the message
  /// is in `expected_state` with `attempt.number - 1` attempts, so of two workers one wins.
  static void add_attempt_started(UnitOfWork& unit, const Attempt& attempt,
                                  std::string_view expected_state, std::string_view state,
                                  std::int64_t state_rank);
  /// Stores `started_at`, behind the guarded step that starts the first attempt.
  static void add_started(UnitOfWork& unit, const Message& message);
  /// Opens an attempt of a message that is accepted in the same unit, already in that state.
  static void add_attempt(UnitOfWork& unit, const Attempt& attempt);
  /// Guarded: the attempt is open. A message that a faster callback has already moved on keeps its
  /// state, but takes the vendor id and the cost.
  static void add_result(UnitOfWork& unit, const AttemptResult& result);
  static void add_timeline(UnitOfWork& unit, std::string_view org_id, std::string_view message_id,
                           const TimelineEntry& entry);
  /// Guarded: the new rank is higher than the stored one. A failed guard means a late callback.
  static void add_status(UnitOfWork& unit, const StatusChange& change);
  /// Replaces what the message cost by what the vendor bills. Nothing happens when it is gone.
  static void add_cost(UnitOfWork& unit, std::string_view org_id, std::string_view message_id,
                       std::int64_t cost_micros, std::string_view currency);
  /// Puts a waiting message back to wait without an attempt (quiet hours, open breaker). Guarded:
  /// it is still in `expected_state`.
  static void add_postpone(UnitOfWork& unit, std::string_view org_id, std::string_view message_id,
                           std::string_view expected_state, UnixMillis next_attempt_at,
                           UnixMillis at);
  /// Ends a waiting message without another attempt: its state, error_code, failure_reason,
  /// failure_remedy and updated_at are the new ones. Guarded: it is still in `expected_state` with
  /// `message.attempts` attempts.
  static void add_give_up(UnitOfWork& unit, const Message& message,
                          std::string_view expected_state);
  /// What stays of the content of a message that is over, as accepted; empty after its time.
  Task<Result<std::optional<std::string>>> kept_payload(std::string_view org_id,
                                                        std::string_view id, UnixMillis now) const;
  /// Leaves the content until then; nothing happens when it is gone already.
  static void add_keep_payload(UnitOfWork& unit, std::string_view org_id,
                               std::string_view message_id, UnixMillis until);
  /// Deletes the content; nothing happens when it is gone already.
  static void add_drop_payload(UnitOfWork& unit, std::string_view org_id,
                               std::string_view message_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
