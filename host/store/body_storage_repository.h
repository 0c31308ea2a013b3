#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// How long what was said is kept, by choice of an organization.
struct BodyStorageChoice {
  std::string org_id;
  std::string agent_id;   // "" = every agent of the organization
  std::int64_t days = 0;  // 0 = not at all
};

/// [any executor]
class BodyStorageRepository {
 public:
  explicit BodyStorageRepository(Store& store) : store_(store) {}

  /// System-level: every choice that was made.
  Task<Result<std::vector<BodyStorageChoice>>> all() const;
  static void add_set(UnitOfWork& unit, const BodyStorageChoice& choice, UnixMillis at);
  static void add_unset(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
