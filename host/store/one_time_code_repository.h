#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "store/call_records.h"
#include "store/store.h"

namespace commsd::store {

/// One-time codes by agent and contact. Only the newest of a contact counts. [any executor]
class OneTimeCodeRepository {
 public:
  explicit OneTimeCodeRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<OneTimeCode>>> newest(std::string_view org_id,
                                                  std::string_view agent_id,
                                                  std::string_view contact_hash) const;

  /// Guarded: fewer than `most` codes of the contact were made after `since`.
  static void add_create(UnitOfWork& unit, const OneTimeCode& code, UnixMillis since,
                         std::int64_t most);
  /// Counts a guess at the newest code; the step's row has its `id` and `code_hash`. No row: there
  /// is none, it has expired or was used, or `most` guesses have been made.
  static void add_guess(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view contact_hash, std::int64_t most, UnixMillis now);
  /// Guarded: it has not been used.
  static void add_use(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                      UnixMillis now);

 private:
  Store& store_;
};

}  // namespace commsd::store
