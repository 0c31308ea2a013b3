#include "identity/organization_service.h"

#include <algorithm>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace commsd::identity {

namespace {

constexpr std::int64_t most_slots = 10'000;

Result<void> check_text(std::string_view name, const std::string& text, std::size_t longest) {
  if (text.size() <= longest && is_valid_utf8(text) && !has_control_character(text)) return {};
  return fail(ErrorCode::invalid_argument, "'" + std::string(name) + "' must have at most " +
                                               std::to_string(longest) +
                                               " characters and no line breaks");
}

/// Lines without spaces around them; empty ones are left out.
std::string clean_lines(std::string_view text) {
  std::string lines;
  for (const std::string_view line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    if (!lines.empty()) lines += '\n';
    lines += trim(line);
  }
  return lines;
}

/// Of clean lines.
Result<void> check_postal_address(const std::string& address) {
  if (address.empty()) return {};
  const std::vector<std::string_view> lines = split(address, '\n');
  bool good =
      address.size() >= 10 && address.size() <= 300 && lines.size() <= 6 && is_valid_utf8(address);
  for (const std::string_view line : lines) good = good && !has_control_character(line);
  if (good) return {};
  return fail(ErrorCode::invalid_argument,
              "'postalAddress' must be a street address or a post office box, in up to six lines "
              "and 10 to 300 characters");
}

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<void> check(const OrganizationApplication& given) {
  if (trim(given.name).empty()) {
    return fail(ErrorCode::invalid_argument, "'name' must have 1 to 128 characters");
  }
  if (auto good = check_text("name", given.name, 128); !good) return good;
  if (!given.slug.empty() && !is_slug(given.slug)) {
    return fail(ErrorCode::invalid_argument,
                "'slug' may have lower-case letters, digits and '-'; at most 64 of them");
  }
  if (auto good = check_text("company", given.company, 200); !good) return good;
  if (auto good = check_text("website", given.website, 300); !good) return good;
  if (!given.website.empty() && !given.website.starts_with("https://") &&
      !given.website.starts_with("http://")) {
    return fail(ErrorCode::invalid_argument, "'website' must begin with https:// or http://");
  }
  // Several lines are fine here.
  if (given.use_case.size() > 2000 || !is_valid_utf8(given.use_case)) {
    return fail(ErrorCode::invalid_argument, "'useCase' must have at most 2000 characters");
  }
  if (auto good = check_postal_address(given.postal_address); !good) return good;
  if (given.settings_json.size() > 16'384) {
    return fail(ErrorCode::too_large, "'settings' must have at most 16 KiB");
  }
  return {};
}

}  // namespace

std::optional<ReviewAction> parse_review_action(std::string_view name) {
  if (name == "approve") return ReviewAction::approve;
  if (name == "reject") return ReviewAction::reject;
  if (name == "suspend") return ReviewAction::suspend;
  return std::nullopt;
}

std::string_view account_status(const store::Organization& organization) {
  return organization.status == "suspended" ? std::string_view(organization.status)
                                            : std::string_view(organization.review);
}

std::string actor_of(const Principal& principal) {
  return principal.token_id.empty() ? "system" : principal.token_id;
}

Task<Result<OrganizationService::Created>> OrganizationService::create(
    Principal actor, OrganizationApplication application, bool approved) {
  application.postal_address = clean_lines(application.postal_address);
  if (auto good = check(application); !good) co_return fail(good.error());
  Created created;
  store::Organization& organization = created.organization;
  organization.id = ids_.make("org");
  organization.name = std::move(application.name);
  organization.mode = approved ? "production" : "sandbox";
  organization.status = "active";
  organization.created_at = clock_.now();
  organization.slug = std::move(application.slug);
  organization.company = std::move(application.company);
  organization.website = std::move(application.website);
  organization.use_case = std::move(application.use_case);
  organization.settings_json = std::move(application.settings_json);
  organization.postal_address = std::move(application.postal_address);
  organization.review = approved ? "approved" : "pending_review";
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, organization);
  created.token =
      tokens_.add_issue(unit, Role::organization, organization.id, "", "organization created").text;
  audit_.add_entry(unit,
                   {organization.id, actor_of(actor), "organization_created", organization.id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "the slug '" + organization.slug +
                                            "' is another organization's; choose another");
  }
  modes_.note(organization.id, organization.mode);
  co_return created;
}

Task<Result<store::Organization>> OrganizationService::review(Principal actor, std::string org_id,
                                                              ReviewAction action,
                                                              std::string reason) {
  if (auto good = check_text("reason", reason, 500); !good) co_return fail(good.error());
  auto before = co_await find(org_id);
  if (!before) co_return fail(before.error());
  store::Organization after = *before;
  const bool suspended = before->status == "suspended";
  std::string_view event;
  bool allowed = false;
  switch (action) {
    case ReviewAction::approve:
      allowed = suspended || before->review != "approved";
      after.review = "approved";
      after.mode = "production";
      after.status = "active";
      event = "organization_approved";
      break;
    case ReviewAction::reject:
      allowed = !suspended && before->review == "pending_review";
      after.review = "rejected";
      event = "organization_rejected";
      break;
    case ReviewAction::suspend:
      allowed = !suspended;
      after.status = "suspended";
      event = "organization_suspended";
      break;
  }
  if (!allowed) {
    co_return fail(ErrorCode::rejected,
                   "the organization is " + std::string(account_status(*before)) +
                       "; only one that is pending review can be rejected, only one that is not "
                       "approved can be approved, only one that is not suspended can be suspended");
  }
  after.review_reason = std::move(reason);
  after.reviewed_at = clock_.now();
  store::UnitOfWork unit;
  store::OrganizationRepository::add_review(unit, *before, after);
  audit_.add_entry(unit, {org_id, actor_of(actor), std::string(event), org_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "somebody else reviewed the organization meanwhile");
  }
  modes_.note(org_id, after.mode, after.status);
  tokens_.forget_cached();
  co_return after;
}

Task<Result<std::vector<store::Organization>>> OrganizationService::list() const {
  auto all = co_await organizations_.list();
  co_return all;
}

Task<Result<store::Organization>> OrganizationService::find(std::string org_id) const {
  auto found = co_await organizations_.find(org_id);
  if (!found) co_return fail(found.error());
  if (!*found) co_return fail(ErrorCode::not_found, "there is no such organization");
  co_return std::move(**found);
}

Task<Result<std::string>> OrganizationService::set_postal_address(Principal actor,
                                                                  std::string org_id,
                                                                  std::string address) {
  address = clean_lines(address);
  if (auto good = check_postal_address(address); !good) co_return fail(good.error());
  store::UnitOfWork unit;
  store::OrganizationRepository::add_set_postal_address(unit, org_id, address);
  audit_.add_entry(unit, {org_id, actor_of(actor), "postal_address_set", org_id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no such organization");
  co_return address;
}

Task<Result<std::optional<std::int64_t>>> OrganizationService::set_agent_slots(Principal actor,
                                                                               std::string org_id,
                                                                               std::int64_t slots) {
  if (slots < 1 || slots > most_slots) {
    co_return fail(ErrorCode::invalid_argument, "'maxAgents' must be 1 to 10000");
  }
  auto before = co_await find(org_id);
  if (!before) co_return fail(before.error());
  store::UnitOfWork unit;
  store::OrganizationRepository::add_set_agent_slots(unit, org_id, slots);
  JsonWriter details;
  details.begin_object().field("slots", slots).end_object();
  audit_.add_entry(unit, {org_id, actor_of(actor), "agent_pool_resized", org_id, details.take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::rejected,
                   "there are " + std::to_string(before->active_agents) +
                       " agents, more than 'maxAgents'; deprovision some first, or name at least "
                       "as many");
  }
  co_return before->agent_slots;
}

}  // namespace commsd::identity
