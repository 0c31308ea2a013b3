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
  /// Guarded, like the next three: the unit is undone unless it is in the organization's pool.
  static void add_remove_number(UnitOfWork& unit, std::string_view org_id, std::string_view number);
  static void add_set_number_status(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view number, std::string_view status);
  static void add_set_number_agent(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view number, std::string_view agent_id);
  /// Of a number of the pool, or an agent's own: the providers that may send from it, as words.
  /// Guarded: the unit is undone unless the organization has the number.
  static void add_set_owners(UnitOfWork& unit, std::string_view org_id, std::string_view number,
                             std::string_view providers);
  /// In place of the one that was the default.
  static void add_set_default(UnitOfWork& unit, std::string_view org_id, std::string_view number);

  /// Of the number `address` on `channel` (sms | voice | whatsapp), for what a contact sent there.
  /// There always is one.
  Task<Result<std::optional<NumberRoute>>> route(std::string_view org_id, std::string_view channel,
                                                 std::string_view address,
                                                 std::string_view contact_hash) const;
  /// Changes nothing. Guarded: the number is in the pool and active.
  static void add_require_active(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view number);
  /// What the contact sends to the number from now on is the agent's.
  static void add_thread(UnitOfWork& unit, std::string_view org_id, std::string_view number,
                         std::string_view contact_hash, std::string_view agent_id, UnixMillis at);

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
  /// Guarded: the unit is undone unless the sender still has the agent and status of `before`.
  static void add_set_sender_status(UnitOfWork& unit, const WhatsappSender& before,
                                    std::string_view status);
  /// System-level.
  Task<Result<std::vector<std::string>>> organizations_with_senders() const;
  /// Guarded: the unit is undone when an agent has the sender.
  static void add_remove_sender(UnitOfWork& unit, std::string_view org_id, std::string_view number);

 private:
  Store& store_;
};

}  // namespace commsd::store
