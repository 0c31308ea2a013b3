#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

struct InboxFilter {
  std::string org_id;
  std::string agent_id;
  std::string channel;     // "" = all
  std::int64_t after = 0;  // the cursor: items with a higher sequence
  bool include_acknowledged = false;
  std::int64_t limit = 50;
};

/// The agent's durable inbox. [any executor]
class InboxRepository {
 public:
  explicit InboxRepository(Store& store) : store_(store) {}

  /// By sequence, rising.
  Task<Result<std::vector<InboxItem>>> list(const InboxFilter& filter) const;
  Task<Result<std::optional<InboxItem>>> find(std::string_view org_id, std::string_view agent_id,
                                              std::string_view id) const;
  Task<Result<std::int64_t>> count_waiting(std::string_view org_id,
                                           std::string_view agent_id) const;
  /// The highest sequence there is, whatever became of its item; 0 when there is none. One look
  /// into an index.
  Task<Result<std::int64_t>> newest(std::string_view org_id, std::string_view agent_id) const;

  /// Assigns the sequence; the step's row has it in column "sequence". Guarded: the id is new.
  static void add_item(UnitOfWork& unit, const InboxItem& item);
  /// Notes that an outbound message came to nothing, as an item that the agent fetches and
  /// acknowledges like any other. Without content. Nothing happens unless the message is in
  /// `state`. Reasons: send_failed, outcome_unknown.
  static void add_dead_letter(UnitOfWork& unit, std::string_view org_id,
                              std::string_view message_id, std::string_view state,
                              std::string_view reason, std::string_view item_id, UnixMillis at);
  /// Says of a waiting item why it did not reach the agent's callback (agent_offline).
  static void add_reason(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view id, std::string_view reason,
                         std::string_view error_details);
  /// Acknowledges the dead letters of a message that give this reason.
  static void add_settle(UnitOfWork& unit, std::string_view org_id, std::string_view message_id,
                         std::string_view reason, UnixMillis at);
  /// Acknowledges these items, one step each. An item that is acknowledged already, or is not this
  /// agent's, is left as it is.
  static void add_acknowledge(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                              const std::vector<std::string>& ids, UnixMillis at);
  /// Acknowledges everything up to and including `sequence`, of one channel or ("") of all.
  static void add_acknowledge_up_to(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id, std::string_view channel,
                                    std::int64_t sequence, UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
