#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// Somebody who signs in.
struct User {
  std::string id;
  std::string org_id;  // "" for the orchestrator's
  std::string email;   // in lower case: whoever writes or looks it up folds it first
  std::string name;
  std::string role;                // decided by host/identity
  std::string password_hash;       // with its parameters, as host/identity writes it
  std::string status;              // active | disabled
  std::int64_t failed_logins = 0;  // in a row
  std::optional<UnixMillis> locked_until;
  std::optional<UnixMillis> last_login_at;
  UnixMillis created_at = 0;
};

/// People who sign in. `org_id` is "" for those of the orchestrator everywhere here, and then only
/// these are meant. Errors of reads: those of Store::query. [any executor]
class UserRepository {
 public:
  explicit UserRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<User>>> find(std::string_view org_id, std::string_view user_id) const;
  /// System-level: the address is how somebody says who they are. Exactly as stored, in lower case.
  Task<Result<std::optional<User>>> find_by_email(std::string_view email) const;
  /// Oldest first, from behind `after_id` ("" = from the start).
  Task<Result<std::vector<User>>> list(std::string_view org_id, std::string_view after_id,
                                       std::int64_t limit) const;

  /// Guarded: the unit is undone when the id or the address is taken or the organization is
  /// missing. A new account has no failed logins and no lock, whatever `user` says of them.
  static void add_create(UnitOfWork& unit, const User& user);
  /// Guarded: the unit is undone unless the user is there.
  static void add_set_status(UnitOfWork& unit, std::string_view org_id, std::string_view user_id,
                             std::string_view status);
  /// Forgets failures and lock. Guarded: the unit is undone unless the user is there.
  static void add_login_succeeded(UnitOfWork& unit, std::string_view org_id,
                                  std::string_view user_id, UnixMillis at);
  /// Counts the failure and, from the `most`th in a row on, locks the account until
  /// `locked_until`; the count outlives the lock, so the next failure locks again. Guarded: the
  /// unit is undone unless the user is there.
  static void add_login_failed(UnitOfWork& unit, std::string_view org_id, std::string_view user_id,
                               std::int64_t most, UnixMillis locked_until);

 private:
  Store& store_;
};

}  // namespace commsd::store
