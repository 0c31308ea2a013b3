#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/tenancy_records.h"

namespace commsd::store {

/// What an organization keeps for its agents to share: numbers and WhatsApp senders. Errors of
/// reads: those of Store::query. [any executor]
class PoolRepository {
 public:
  explicit PoolRepository(Store& store) : store_(store) {}

  /// The oldest first.
  Task<Result<std::vector<PoolNumber>>> numbers(std::string_view org_id,
                                                std::int64_t limit = 1000) const;
  /// Guarded: the unit is undone when the number is in a pool, of whatever organization.
  static void add_number(UnitOfWork& unit, const PoolNumber& number);
  /// Guarded, like the next two: the unit is undone unless it is in the organization's pool.
  static void add_remove_number(UnitOfWork& unit, std::string_view org_id, std::string_view number);
  static void add_set_number_status(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view number, std::string_view status);
  /// In place of the one that was the default.
  static void add_set_default(UnitOfWork& unit, std::string_view org_id, std::string_view number);

  Task<Result<std::vector<WhatsappSender>>> senders(std::string_view org_id) const;
  Task<Result<std::vector<WhatsappSender>>> available_senders(std::string_view org_id,
                                                              std::int64_t limit) const;
  /// Guarded: the unit is undone when the number is a sender already.
  static void add_sender(UnitOfWork& unit, const WhatsappSender& sender);
  /// Guarded: the unit is undone unless the sender is available.
  static void add_assign_sender(UnitOfWork& unit, std::string_view org_id, std::string_view number,
                                std::string_view agent_id);
  /// Whatever the agent has; nothing is fine too.
  static void add_give_back_senders(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view agent_id);
  /// Guarded: the unit is undone unless the sender is available.
  static void add_remove_sender(UnitOfWork& unit, std::string_view org_id, std::string_view number);

 private:
  Store& store_;
};

}  // namespace commsd::store
