#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Opt-outs. Whoever adds or takes one away locks the contact first in the same unit, and whoever
/// reaches the contact shares that lock and requires that none is there; so no unit that reaches is
/// durable after one that opts out. [any executor]
class SuppressionRepository {
 public:
  explicit SuppressionRepository(Store& store) : store_(store) {}

  /// The suppression that stops `agent_id` from writing to the contact on `channel`: its own, or
  /// one of the whole organization or of every channel.
  Task<Result<std::optional<Suppression>>> find(std::string_view org_id, std::string_view agent_id,
                                                std::string_view channel,
                                                std::string_view contact_hash) const;
  /// Newest first; agent_id "" lists the whole organization.
  Task<Result<std::vector<Suppression>>> list(std::string_view org_id, std::string_view agent_id,
                                              std::int64_t limit) const;

  /// Keeps the first one's source and time when the contact had opted out before; a suspicion
  /// ("possible_opt_out") becomes what it is now known to be.
  static void add_suppression(UnitOfWork& unit, const Suppression& suppression);
  /// Takes exactly this one away; nothing happens when it is not there.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view channel, std::string_view contact_hash);
  /// Takes away all of one channel, whichever agent they are about.
  static void add_remove_channel(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view channel, std::string_view contact_hash);
  /// Comes first among the steps about a contact.
  static void add_lock_contact(UnitOfWork& unit, std::string_view org_id,
                               std::string_view contact_hash);
  static void add_share_contact(UnitOfWork& unit, std::string_view org_id,
                                std::string_view contact_hash);
  /// Changes nothing. Guarded: find() would find nothing.
  static void add_require_absent(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view channel,
                                 std::string_view contact_hash);

 private:
  Store& store_;
};

}  // namespace commsd::store
