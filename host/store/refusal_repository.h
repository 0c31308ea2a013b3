#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// When contacts refused to be reached on a channel, whichever agent of the organization it was
/// said to. Not an opt-out itself: that ends when the contact asks for it or agrees to a new one,
/// and this is what laws count a pause from. [any executor]
class RefusalRepository {
 public:
  explicit RefusalRepository(Store& store) : store_(store) {}

  /// Nothing when they never did, or took it back. Errors: those of Store::query.
  Task<Result<std::optional<UnixMillis>>> latest(std::string_view org_id, std::string_view channel,
                                                 std::string_view contact_hash) const;

  static void add(UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                  std::string_view contact_hash, UnixMillis at);
  /// The contact wants to be reached again.
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                         std::string_view contact_hash);
  /// Changes nothing. Guarded: there is none later than `after`.
  static void add_require_none_after(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view channel, std::string_view contact_hash,
                                     UnixMillis after);

 private:
  Store& store_;
};

}  // namespace commsd::store
