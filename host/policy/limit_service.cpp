#include "policy/limit_service.h"

#include "base/json_writer.h"
#include "policy/calendar.h"
#include "policy/money.h"
#include "store/organization_repository.h"
#include "store/usage_repository.h"

namespace commsd::policy {

namespace {

using Settings = store::LimitSettings;
constexpr std::int64_t take_away = -1;

struct Named {
  const char* name;
  std::optional<std::int64_t> Settings::*member;
  bool money;
};
constexpr Named all_settings[] = {
    {"maxActionsPerMinute", &Settings::per_minute, false},
    {"maxActionsPerHour", &Settings::per_hour, false},
    {"maxActionsPerDay", &Settings::per_day, false},
    {"maxCallsPerDaySameNumber", &Settings::same_number_per_day, false},
    {"maxSpendPerDay", &Settings::spend_per_day, true},
    {"maxSpendPerMonth", &Settings::spend_per_month, true},
    {"maxOrganizationSpendPerDay", &Settings::cap_per_day, true},
    {"maxOrganizationSpendPerMonth", &Settings::cap_per_month, true},
};

std::string details_of(const Settings& settings) {
  JsonWriter out;
  out.begin_object();
  for (const Named& one : all_settings) {
    const auto value = settings.*one.member;
    if (!value) continue;
    if (*value == take_away) {
      out.key(one.name).null();
    } else {
      out.raw_field(one.name, one.money ? format_micros(*value) : std::to_string(*value));
    }
  }
  return out.end_object().take();
}

tl::unexpected<Error> no_agent(const std::string& agent_id) {
  return fail(ErrorCode::not_found, "there is no agent '" + agent_id + "' in this organization");
}

}  // namespace

Task<Result<LimitService::View>> LimitService::view(std::string org_id,
                                                    std::string agent_id) const {
  if (agent_id.empty()) {
    const store::OrganizationRepository organizations(store_);
    auto organization = co_await organizations.find(org_id);
    if (!organization) co_return fail(organization.error());
    if (!*organization) {
      co_return fail(ErrorCode::not_found, "there is no organization '" + org_id + "'");
    }
  }
  View view;
  auto own = co_await limits_.find(org_id, "");
  if (!own) co_return fail(own.error());
  if (*own) view.organization = **own;
  if (agent_id.empty()) {
    auto billing = co_await limits_.billing(org_id, "");
    if (!billing) co_return fail(billing.error());
    view.situation.organization = view.organization;
    if (*billing) view.situation.organization_tier = (*billing)->tier;
  } else {
    const UnixMillis now = clock_.now();
    store::LimitQuestion question;
    question.org_id = org_id;
    question.agent_id = agent_id;
    question.day = day_start(now);
    question.month = month_start(now);
    auto found = co_await limits_.situation(question);
    if (!found) co_return fail(found.error());
    if (!*found) co_return no_agent(agent_id);
    view.situation = std::move(**found);
  }
  view.limits = effective_limits(view.situation, tiers_, defaults_);
  co_return view;
}

Task<Result<LimitService::View>> LimitService::set(std::string actor, Settings settings) {
  const bool caps = settings.cap_per_day || settings.cap_per_month;
  if (caps && !settings.agent_id.empty()) {
    co_return fail(ErrorCode::invalid_argument,
                   "limits: caps bound all agents of an organization together; leave out agentId "
                   "to set them");
  }
  auto known = co_await view(settings.org_id, settings.agent_id);
  if (!known) co_return fail(known.error());
  const UnixMillis now = clock_.now();
  settings.updated_at = now;
  store::UnitOfWork unit;
  if (caps) store::LimitRepository::add_lock(unit, settings.org_id, {});
  store::LimitRepository::add_set(unit, settings);
  if (caps) {
    // The organization's own counters are kept only while it has a cap; they start with what its
    // agents have used so far. Reservations under way that do not count here are undone (see
    // LimitRepository::add_require_no_cap).
    store::UsageRepository::add_sum_up(unit, settings.org_id, "day", day_start(now));
    store::UsageRepository::add_sum_up(unit, settings.org_id, "month", month_start(now));
  }
  store::AuditEvent event;
  event.org_id = settings.org_id;
  event.actor = std::move(actor);
  event.action = "limits_set";
  event.target = settings.agent_id.empty() ? settings.org_id : settings.agent_id;
  event.details_json = details_of(settings);
  audit_.add_entry(unit, event);
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return co_await view(settings.org_id, settings.agent_id);
}

Task<Result<LimitService::Billing>> LimitService::billing(std::string org_id,
                                                          std::string agent_id) const {
  Billing billing;
  billing.markup_ppm = default_markup_ppm_;
  // The organization's settings count for an agent without own ones.
  for (const std::string& who : {std::string(), agent_id}) {
    auto found = co_await limits_.billing(org_id, who);
    if (!found) co_return fail(found.error());
    if (!*found) continue;
    if (!(*found)->tier.empty()) billing.tier = (*found)->tier;
    if ((*found)->markup_ppm) billing.markup_ppm = *(*found)->markup_ppm;
    if (!(*found)->email.empty()) billing.email = (*found)->email;
  }
  billing.tier_limits = tiers_.find(billing.tier);
  co_return billing;
}

Task<Result<LimitService::Billing>> LimitService::set_billing(std::string actor,
                                                              store::BillingSettings settings) {
  if (!settings.tier.empty() && !tiers_.find(settings.tier)) {
    co_return fail(ErrorCode::invalid_argument, "'tier': there is no tier '" + settings.tier + "'");
  }
  auto known = co_await view(settings.org_id, settings.agent_id);
  if (!known) co_return fail(known.error());
  const UnixMillis now = clock_.now();
  settings.updated_at = now;
  JsonWriter details;  // without the address: it may be a person's
  details.begin_object();
  if (!settings.tier.empty()) details.field("tier", settings.tier);
  if (settings.markup_ppm) {
    details.raw_field("markupPercent", format_micros(*settings.markup_ppm * 100));
  }
  if (!settings.email.empty()) details.field("billingEmail", "changed");
  details.end_object();
  store::AuditEvent event;
  event.org_id = settings.org_id;
  event.actor = std::move(actor);
  event.action = "billing_set";
  event.target = settings.agent_id.empty() ? settings.org_id : settings.agent_id;
  event.details_json = details.take();
  store::UnitOfWork unit;
  store::LimitRepository::add_set_billing(unit, settings);
  audit_.add_entry(unit, event);
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return co_await billing(settings.org_id, settings.agent_id);
}

}  // namespace commsd::policy
