#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace commsd::store {

/// A file that came inside a webhook, beside its inbox item. It has at least one byte.
struct InboxFile {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string item_id;
  std::int64_t position = 0;  // among the item's files, from 0
};

/// Their bytes. They are gone with their item. [any executor]
class InboxFileRepository {
 public:
  explicit InboxFileRepository(Store& store) : store_(store) {}

  /// Nothing when it is not there (any more); "" when the key it was encrypted under is destroyed.
  Task<Result<std::optional<std::string>>> bytes(std::string_view org_id, std::string_view agent_id,
                                                 std::string_view item_id,
                                                 std::int64_t position) const;

  /// The item is added before. Guarded: the id is new.
  static void add(UnitOfWork& unit, const InboxFile& file, std::string_view bytes);
  /// Nothing happens when it is not there.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view item_id, std::int64_t position);

 private:
  Store& store_;
};

}  // namespace commsd::store
