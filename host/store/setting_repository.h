#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Small settings that people change while the server runs: a JSON value by name, of one
/// organization or (org_id "") of the server. [any executor]
class SettingRepository {
 public:
  explicit SettingRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<std::string>>> find(std::string_view org_id,
                                                std::string_view name) const;
  /// Replaces the one that was there.
  static void add_set(UnitOfWork& unit, std::string_view org_id, std::string_view name,
                      std::string_view value_json, UnixMillis at);
  /// Guarded: there is none yet. For what may be claimed only once.
  static void add_claim(UnitOfWork& unit, std::string_view org_id, std::string_view name,
                        std::string_view value_json, UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
