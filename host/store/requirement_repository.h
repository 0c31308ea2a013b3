#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// What of the things that countries ask for an organization has. [any executor]
class RequirementRepository {
 public:
  explicit RequirementRepository(Store& store) : store_(store) {}

  /// The ids, sorted. Errors: those of Store::query.
  Task<Result<std::vector<std::string>>> met(std::string_view org_id) const;

  /// Once more is fine; evidence "" leaves what is there.
  static void add_meet(UnitOfWork& unit, std::string_view org_id, std::string_view requirement,
                       std::string_view evidence, UnixMillis at);
  /// Nothing to withdraw is fine.
  static void add_withdraw(UnitOfWork& unit, std::string_view org_id, std::string_view requirement);

 private:
  Store& store_;
};

}  // namespace commsd::store
