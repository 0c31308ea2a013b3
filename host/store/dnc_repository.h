#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// An imported do-not-call list.
struct DncList {
  std::string org_id;   // "" = for every organization
  std::string name;     // as the rules of the country name the registry
  std::string country;  // ISO 3166-1 alpha-2
  UnixMillis checked_at = 0;
  UnixMillis imported_at = 0;
  std::int64_t entries = 0;
};

/// Do-not-call lists, as keyed hashes of their numbers: whether somebody is on one is part of
/// AgentRepository::send_context. An import adds its entries in as many units as it likes, then
/// closes with add_list(), which takes earlier imports' entries away: cut short, it leaves the old
/// list and more. [any executor]
class DncRepository {
 public:
  explicit DncRepository(Store& store) : store_(store) {}

  /// System-level: how old each list is.
  Task<Result<std::vector<DncList>>> all_lists() const;

  /// `imported_at` is the same throughout an import and later than that of the last one.
  static void add_entry(UnitOfWork& unit, const DncList& list, std::string_view contact_hash);
  static void add_list(UnitOfWork& unit, const DncList& list);

 private:
  Store& store_;
};

}  // namespace commsd::store
