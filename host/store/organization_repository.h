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

  /// Guarded: the unit is undone when the id is taken.
  static void add_create(UnitOfWork& unit, const Organization& organization);
  /// Guarded: the unit is undone when there is no such organization.
  static void add_set_mode(UnitOfWork& unit, std::string_view org_id, std::string_view mode);
  static void add_set_status(UnitOfWork& unit, std::string_view org_id, std::string_view status);

 private:
  Store& store_;
};

}  // namespace commsd::store
