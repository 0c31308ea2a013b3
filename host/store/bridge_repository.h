#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/call_records.h"
#include "store/store.h"

namespace commsd::store {

/// Where calls are put through to. One for each number and caller. [any executor]
class BridgeRepository {
 public:
  explicit BridgeRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Bridge>>> find(std::string_view org_id, std::string_view id) const;
  Task<Result<std::vector<Bridge>>> list(std::string_view org_id, std::int64_t limit) const;
  /// The one with exactly this number and caller.
  Task<Result<std::optional<Bridge>>> find_twin(std::string_view org_id,
                                                std::string_view local_number,
                                                std::string_view caller) const;
  /// The one that a call from `caller` takes: that for this caller, else that for anybody.
  Task<Result<std::optional<Bridge>>> route(std::string_view org_id, std::string_view local_number,
                                            std::string_view caller) const;

  /// Guarded: there is none with this number and caller.
  static void add_create(UnitOfWork& unit, const Bridge& bridge);
  /// Guarded: it is there.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view id);

 private:
  Store& store_;
};

}  // namespace commsd::store
