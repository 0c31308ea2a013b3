#include "identity/organization_modes.h"

#include <mutex>

#include "store/organization_repository.h"

namespace commsd::identity {

bool OrganizationModes::is_sandbox(std::string_view org_id) const {
  const std::shared_lock lock(mutex_);
  const auto found = production_.find(std::string(org_id));
  return found == production_.end() || !found->second;
}

Task<Result<void>> OrganizationModes::refresh() {
  const store::OrganizationRepository organizations(store_);
  auto all = co_await organizations.list();
  if (!all) co_return fail(all.error());
  std::unordered_map<std::string, bool> production;
  for (const store::Organization& one : *all) production[one.id] = one.mode == "production";
  const std::unique_lock lock(mutex_);
  production_ = std::move(production);
  co_return Result<void>();
}

void OrganizationModes::note(std::string org_id, std::string_view mode) {
  const std::unique_lock lock(mutex_);
  production_[std::move(org_id)] = mode == "production";
}

}  // namespace commsd::identity
