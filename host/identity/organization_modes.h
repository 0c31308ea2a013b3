#pragma once

#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace commsd::identity {

/// Whether organizations are in sandbox mode or suspended, answered without asking the store
/// because every send asks. An organization that is not known here counts as sandbox, so that what
/// is new or missing reaches nobody. [any thread]
class OrganizationModes {
 public:
  explicit OrganizationModes(store::Store& store) : store_(store) {}

  bool is_sandbox(std::string_view org_id) const;
  bool is_suspended(std::string_view org_id) const;

  /// Reads all of them. Errors: those of Store::query; then what was known stays.
  Task<Result<void>> refresh();
  /// At once, for a change made here.
  void note(std::string org_id, std::string_view mode, std::string_view status = "active");

 private:
  struct Standing {
    bool production = false;
    bool suspended = false;
  };
  static Standing standing(std::string_view mode, std::string_view status);
  std::optional<Standing> find(std::string_view org_id) const;

  store::Store& store_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Standing> standings_;
};

}  // namespace commsd::identity
