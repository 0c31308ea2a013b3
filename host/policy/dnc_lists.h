#pragma once

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/dnc_repository.h"
#include "store/store.h"

namespace commsd::policy {

/// When each do-not-call registry was last asked, answered without the store, because laws count
/// that in days and every send asks. A list that is not known here counts as never checked.
/// [any thread]
class DncLists {
 public:
  explicit DncLists(store::Store& store) : lists_(store) {}

  /// By the organization, or for every one, whichever was later. Empty: never. Registries of
  /// several countries have the same name; `country` is ISO 3166-1 alpha-2.
  std::optional<UnixMillis> checked_at(std::string_view org_id, std::string_view country,
                                       std::string_view registry) const;

  /// Reads all of them. Errors: those of Store::query; then what was known stays.
  Task<Result<void>> refresh();

 private:
  /// Organization ("" = every one), country, registry.
  using Key = std::tuple<std::string, std::string, std::string>;

  store::DncRepository lists_;
  mutable std::shared_mutex mutex_;
  std::map<Key, UnixMillis> checked_;
};

}  // namespace commsd::policy
