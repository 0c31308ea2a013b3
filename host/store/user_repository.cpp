#include "store/user_repository.h"

#include <utility>

#include "store/repository_support.h"

namespace commsd::store {

namespace {

User from_row(const Row& row) {
  User user;
  user.id = row.text("id");
  user.org_id = row.text("org_id");
  user.email = row.text("email");
  user.name = row.text("name");
  user.role = row.text("role");
  user.password_hash = row.text("password_hash");
  user.status = row.text("status");
  user.failed_logins = row.integer("failed_logins");
  user.locked_until = row.maybe_integer("locked_until");
  user.last_login_at = row.maybe_integer("last_login_at");
  user.created_at = row.integer("created_at");
  return user;
}

/// A statement comes as a pair, because `org_id = NULL` finds nobody: one for an organization's
/// users, one for those of none.
struct Scoped {
  std::string_view statement;
  Parameters parameters;
};
Scoped scoped(std::string_view org_id, std::string_view in_organization,
              std::string_view in_orchestrator, Parameters parameters) {
  if (org_id.empty()) return {in_orchestrator, std::move(parameters)};
  parameters.push_back({"org_id", text_value(org_id)});
  return {in_organization, std::move(parameters)};
}

void expect_one(UnitOfWork& unit, Scoped step) {
  unit.expect(1, step.statement, std::move(step.parameters));
}

}  // namespace

Task<Result<std::optional<User>>> UserRepository::find(std::string_view org_id,
                                                       std::string_view user_id) const {
  Scoped read =
      scoped(org_id, "users.find", "users.find_orchestrator", {{"user_id", text_value(user_id)}});
  return read_optional(store_, read.statement, std::move(read.parameters), from_row);
}

Task<Result<std::optional<User>>> UserRepository::find_by_email(std::string_view email) const {
  return read_optional(store_, "users.find_by_email", {{"email", text_value(email)}}, from_row);
}

Task<Result<std::vector<User>>> UserRepository::list(std::string_view org_id,
                                                     std::string_view after_id,
                                                     std::int64_t limit) const {
  Scoped read = scoped(org_id, "users.list", "users.list_orchestrator",
                       {{"after_id", text_value(after_id)}, {"limit", limit}});
  return read_all(store_, read.statement, std::move(read.parameters), from_row);
}

void UserRepository::add_create(UnitOfWork& unit, const User& user) {
  unit.expect(1, "users.create",
              {{"user_id", user.id},
               {"org_id", text_or_null(user.org_id)},
               {"email", user.email},
               {"name", text_or_null(user.name)},
               {"role", user.role},
               {"password_hash", user.password_hash},
               {"status", user.status},
               {"created_at", user.created_at}});
}

void UserRepository::add_set_status(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view user_id, std::string_view status) {
  expect_one(unit, scoped(org_id, "users.set_status", "users.set_status_orchestrator",
                          {{"user_id", text_value(user_id)}, {"status", text_value(status)}}));
}

void UserRepository::add_login_succeeded(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view user_id, UnixMillis at) {
  expect_one(unit, scoped(org_id, "users.login_succeeded", "users.login_succeeded_orchestrator",
                          {{"user_id", text_value(user_id)}, {"at", at}}));
}

void UserRepository::add_login_failed(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view user_id, std::int64_t most,
                                      UnixMillis locked_until) {
  expect_one(
      unit,
      scoped(org_id, "users.login_failed", "users.login_failed_orchestrator",
             {{"user_id", text_value(user_id)}, {"most", most}, {"locked_until", locked_until}}));
}

}  // namespace commsd::store
