#include "identity/organization_modes.h"

#include <mutex>

#include "store/organization_repository.h"

namespace commsd::identity {

OrganizationModes::Standing OrganizationModes::standing(std::string_view mode,
                                                        std::string_view status) {
  return {mode == "production", status == "suspended"};
}

std::optional<OrganizationModes::Standing> OrganizationModes::find(std::string_view org_id) const {
  const std::shared_lock lock(mutex_);
  const auto found = standings_.find(std::string(org_id));
  if (found == standings_.end()) return std::nullopt;
  return found->second;
}

bool OrganizationModes::is_sandbox(std::string_view org_id) const {
  const auto found = find(org_id);
  return !found || !found->production;
}

bool OrganizationModes::is_suspended(std::string_view org_id) const {
  const auto found = find(org_id);
  return found && found->suspended;
}

Task<Result<void>> OrganizationModes::refresh() {
  const store::OrganizationRepository organizations(store_);
  auto all = co_await organizations.list();
  if (!all) co_return fail(all.error());
  std::unordered_map<std::string, Standing> standings;
  for (const store::Organization& one : *all) standings[one.id] = standing(one.mode, one.status);
  const std::unique_lock lock(mutex_);
  standings_ = std::move(standings);
  co_return Result<void>();
}

void OrganizationModes::note(std::string org_id, std::string_view mode, std::string_view status) {
  const std::unique_lock lock(mutex_);
  standings_[std::move(org_id)] = standing(mode, status);
}

}  // namespace commsd::identity
