#include "provisioning/country_requirements.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/organization_service.h"
#include "store/organization_repository.h"
#include "store/requirement_repository.h"

namespace commsd::provisioning {

namespace {

bool has(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Task<Result<void>> CountryRequirements::check(std::string org_id, std::string country,
                                              std::vector<plugin::ChannelKind> channels) const {
  if (!rules_) co_return Result<void>();
  const std::vector<CountryRequirement> wanted = rules_(country, std::move(channels));
  if (wanted.empty()) co_return Result<void>();
  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(org_id);
  if (!organization) co_return fail(organization.error());
  // What is not there is found by whoever asks.
  if (!*organization || (*organization)->mode != "production") co_return Result<void>();
  const store::RequirementRepository requirements(store_);
  auto met = co_await requirements.met(org_id);
  if (!met) co_return fail(met.error());
  std::string missing;
  for (const CountryRequirement& one : wanted) {
    if (!one.blocking || has(*met, one.id)) continue;
    missing += (missing.empty() ? "" : " ") + one.id + ": " + one.text;
  }
  if (missing.empty()) co_return Result<void>();
  co_return fail(make_error(
      ErrorCode::rejected, "'country': " + country + " asks for what is not met yet: " + missing,
      "once it is done, an operator says so: comms_meet_requirement, or commsctl "
      "organizations meet " +
          org_id + " --requirement ID",
      "country_requirements"));
}

Task<Result<std::vector<CountryRequirements::State>>> CountryRequirements::list(
    std::string org_id, std::string country, std::vector<plugin::ChannelKind> channels) const {
  const store::OrganizationRepository organizations(store_);
  auto organization = co_await organizations.find(org_id);
  if (!organization) co_return fail(organization.error());
  if (!*organization) co_return fail(ErrorCode::not_found, "there is no such organization");
  const store::RequirementRepository requirements(store_);
  auto met = co_await requirements.met(org_id);
  if (!met) co_return fail(met.error());
  std::vector<State> all;
  if (!rules_) co_return all;
  for (CountryRequirement& one : rules_(std::move(country), std::move(channels))) {
    const bool is_met = has(*met, one.id);
    all.push_back({std::move(one), is_met});
  }
  co_return all;
}

Task<Result<void>> CountryRequirements::set(identity::Principal actor, std::string org_id,
                                            std::string requirement, bool met,
                                            std::string evidence) const {
  if (evidence.size() > 500 || has_control_character(evidence)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'evidence' must have at most 500 characters and no line breaks");
  }
  Task<Result<std::vector<State>>> listing = list(org_id, "", {});
  auto known = co_await std::move(listing);
  if (!known) co_return fail(known.error());
  const bool asked_for = std::any_of(known->begin(), known->end(), [&](const State& one) {
    return one.requirement.id == requirement;
  });
  if (!asked_for) {
    co_return fail(ErrorCode::invalid_argument,
                   "no country asks for the requirement '" + requirement.substr(0, 64) +
                       "'; a refusal of provisioning names those that are missing, and commsctl "
                       "organizations requirements lists them");
  }
  JsonWriter details;
  details.begin_object().field("requirement", requirement).end_object();
  store::UnitOfWork unit;
  if (met) {
    store::RequirementRepository::add_meet(unit, org_id, requirement, evidence, clock_.now());
  } else {
    store::RequirementRepository::add_withdraw(unit, org_id, requirement);
  }
  audit_.add_entry(
      unit, {org_id, identity::actor_of(actor), met ? "requirement_met" : "requirement_withdrawn",
             org_id, details.take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

}  // namespace commsd::provisioning
