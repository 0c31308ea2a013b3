#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Organizations (tenants). Errors of reads: those of Store::query. [any executor]
class OrganizationRepository {
 public:
  explicit OrganizationRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Organization>>> find(std::string_view org_id) const;
  /// System-level: every organization, by id.
  Task<Result<std::vector<Organization>>> list() const;

  /// How many agents an organization is counted to have, and how many there are.
  struct Slots {
    std::int64_t counted = 0;
    std::int64_t present = 0;
  };
  Task<Result<std::optional<Slots>>> audit_slots(std::string_view org_id) const;

  /// Guarded: the unit is undone when the id or the slug is taken.
  static void add_create(UnitOfWork& unit, const Organization& organization);
  /// Guarded: the unit is undone when there is no such organization.
  static void add_set_mode(UnitOfWork& unit, std::string_view org_id, std::string_view mode);
  static void add_set_status(UnitOfWork& unit, std::string_view org_id, std::string_view status);
  /// Writes review, mode, status and reason of `after`. Guarded: the unit is undone unless review
  /// and status still are as in `before`.
  static void add_review(UnitOfWork& unit, const Organization& before, const Organization& after);
  /// Guarded: the organization is there. "" = none.
  static void add_set_postal_address(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view address);
  /// Guarded: the unit is undone when there are more agents than that.
  static void add_set_agent_slots(UnitOfWork& unit, std::string_view org_id, std::int64_t slots);
  /// Guarded: the unit is undone when the pool is full or the organization is not active.
  static void add_take_agent_slot(UnitOfWork& unit, std::string_view org_id,
                                  std::int64_t default_slots);
  static void add_return_agent_slot(UnitOfWork& unit, std::string_view org_id);
  /// Counts anew. Guarded: the unit is undone unless the count still is `counted`.
  static void add_mend_slots(UnitOfWork& unit, std::string_view org_id, std::int64_t counted);

 private:
  Store& store_;
};

}  // namespace commsd::store
