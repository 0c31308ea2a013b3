#include <algorithm>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "identity/organization_service.h"
#include "provisioning/provisioning_service.h"
#include "store/organization_repository.h"
#include "store/setting_repository.h"

namespace commsd::provisioning {

namespace {

constexpr std::string_view setting = "requirements_met";  // a list of ids

}  // namespace

Task<Result<std::vector<std::string>>> ProvisioningService::met_requirements(
    std::string org_id) const {
  const store::SettingRepository settings(store_);
  auto found = co_await settings.find(org_id, setting);
  if (!found) co_return fail(found.error());
  std::vector<std::string> met;
  if (*found) {
    const auto document = JsonDocument::parse(**found);
    if (!document) co_return fail(document.error());
    document->root().each([&](JsonValue id) { met.emplace_back(id.string().value_or("")); });
  }
  co_return met;
}

Task<Result<void>> ProvisioningService::check_requirements(const ProvisionRequest& request) const {
  if (!requirements_) co_return Result<void>();
  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(request.org_id);
  if (!organization) co_return fail(organization.error());
  // In the sandbox nobody can be reached; what is not there is found by begin().
  if (!*organization || (*organization)->mode != "production") co_return Result<void>();
  auto met = co_await met_requirements(request.org_id);
  if (!met) co_return fail(met.error());
  std::string missing;
  for (const CountryRequirement& one : requirements_(request)) {
    if (std::find(met->begin(), met->end(), one.id) != met->end()) continue;
    missing += (missing.empty() ? "" : "; ") + one.id + ": " + one.text;
  }
  if (missing.empty()) co_return Result<void>();
  Error error;
  error.code = ErrorCode::rejected;
  error.message = "'country': " + request.country + " asks for what is not met yet: " + missing;
  error.remedy = "once it is done, an operator says so: commsctl organizations meet " +
                 request.org_id + " --requirement ID";
  co_return fail(std::move(error));
}

Task<Result<void>> ProvisioningService::meet_requirement(identity::Principal actor,
                                                         std::string org_id,
                                                         std::string requirement) {
  if (trim(requirement).empty() || requirement.size() > 64 || has_control_character(requirement)) {
    co_return fail(ErrorCode::invalid_argument, "'requirement' must have 1 to 64 characters");
  }
  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(org_id);
  if (!organization) co_return fail(organization.error());
  if (!*organization) co_return fail(ErrorCode::not_found, "there is no such organization");
  auto met = co_await met_requirements(org_id);
  if (!met) co_return fail(met.error());
  if (std::find(met->begin(), met->end(), requirement) != met->end()) co_return Result<void>();
  met->push_back(requirement);
  JsonWriter list;
  list.begin_array();
  for (const std::string& id : *met) list.value(id);
  list.end_array();
  JsonWriter details;
  details.begin_object().field("requirement", requirement).end_object();
  store::UnitOfWork unit;
  store::SettingRepository::add_set(unit, org_id, setting, list.take(), clock_.now());
  audit_.add_entry(unit,
                   {org_id, identity::actor_of(actor), "requirement_met", org_id, details.take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

}  // namespace commsd::provisioning
