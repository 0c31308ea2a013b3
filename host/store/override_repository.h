#pragma once

#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Provider overrides of agents and organizations. [any executor]
class OverrideRepository {
 public:
  explicit OverrideRepository(Store& store) : store_(store) {}

  /// What counts for the agent: its own row, else the organization's.
  Task<Result<std::optional<ProviderOverride>>> find(std::string_view org_id,
                                                     std::string_view agent_id,
                                                     std::string_view slot) const;
  Task<Result<std::vector<ProviderOverride>>> list(std::string_view org_id) const;

  /// Replaces the one that was there.
  static void add_set(UnitOfWork& unit, const ProviderOverride& replacement);
  static void add_clear(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view slot);

 private:
  Store& store_;
};

}  // namespace commsd::store
