#pragma once

#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/tenancy_records.h"

namespace commsd::store {

/// Providers registered while the server runs. The settings are sealed by the caller. [any
/// executor]
class RegisteredProviderRepository {
 public:
  explicit RegisteredProviderRepository(Store& store) : store_(store) {}

  /// System-level: all of them. Errors: those of Store::query.
  Task<Result<std::vector<RegisteredProvider>>> list_all() const;

  /// Replaces the one that was there.
  static void add_set(UnitOfWork& unit, const RegisteredProvider& provider);
  /// Guarded: its settings are still sealed as `sealed_before`.
  static void add_reseal(UnitOfWork& unit, const RegisteredProvider& provider,
                         std::string_view sealed_before);
  static void add_remove(UnitOfWork& unit, const RegisteredProvider& provider);
  /// All of one agent's.
  static void add_remove_agent(UnitOfWork& unit, std::string_view org_id,
                               std::string_view agent_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
