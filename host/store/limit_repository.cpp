#include "store/limit_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

LimitSettings limits_from_row(const Row& row) {
  LimitSettings settings;
  settings.org_id = row.text("org_id");
  settings.agent_id = everyone_to_empty(row.text("agent_id"));
  settings.per_minute = row.maybe_integer("per_minute");
  settings.per_hour = row.maybe_integer("per_hour");
  settings.per_day = row.maybe_integer("per_day");
  settings.same_number_per_day = row.maybe_integer("same_number_per_day");
  settings.spend_per_day = row.maybe_integer("spend_per_day");
  settings.spend_per_month = row.maybe_integer("spend_per_month");
  settings.cap_per_day = row.maybe_integer("cap_per_day");
  settings.cap_per_month = row.maybe_integer("cap_per_month");
  settings.updated_at = row.integer("updated_at");
  return settings;
}

LimitSituation situation_from_row(const Row& row) {
  LimitSituation found;
  found.agent.per_minute = row.maybe_integer("agent_per_minute");
  found.agent.per_hour = row.maybe_integer("agent_per_hour");
  found.agent.per_day = row.maybe_integer("agent_per_day");
  found.agent.same_number_per_day = row.maybe_integer("agent_same_number");
  found.agent.spend_per_day = row.maybe_integer("agent_spend_per_day");
  found.agent.spend_per_month = row.maybe_integer("agent_spend_per_month");
  found.organization.per_minute = row.maybe_integer("org_per_minute");
  found.organization.per_hour = row.maybe_integer("org_per_hour");
  found.organization.per_day = row.maybe_integer("org_per_day");
  found.organization.same_number_per_day = row.maybe_integer("org_same_number");
  found.organization.spend_per_day = row.maybe_integer("org_spend_per_day");
  found.organization.spend_per_month = row.maybe_integer("org_spend_per_month");
  found.organization.cap_per_day = row.maybe_integer("cap_per_day");
  found.organization.cap_per_month = row.maybe_integer("cap_per_month");
  found.agent_tier = row.text("agent_tier");
  found.organization_tier = row.text("org_tier");
  found.day_count = row.integer("day_count");
  found.day_spend = row.integer("day_spend");
  found.month_spend = row.integer("month_spend");
  found.organization_day_spend = row.integer("org_day_spend");
  found.organization_month_spend = row.integer("org_month_spend");
  found.contact_count = row.integer("contact_count");
  return found;
}

BillingSettings billing_from_row(const Row& row) {
  return {row.text("org_id"), everyone_to_empty(row.text("agent_id")),
          row.text("tier"),   row.maybe_integer("markup_ppm"),
          row.text("email"),  row.integer("updated_at")};
}

}  // namespace

Task<Result<std::optional<LimitSituation>>> LimitRepository::situation(
    const LimitQuestion& question) const {
  return read_optional(store_, "limits.situation",
                       {{"org_id", question.org_id},
                        {"agent_id", question.agent_id},
                        {"contact", question.contact},
                        {"day", question.day},
                        {"month", question.month}},
                       situation_from_row);
}

Task<Result<std::optional<LimitSettings>>> LimitRepository::find(std::string_view org_id,
                                                                 std::string_view agent_id) const {
  return read_optional(store_, "limits.find",
                       {{"org_id", text_value(org_id)}, {"agent_id", text_or_everyone(agent_id)}},
                       limits_from_row);
}

Task<Result<std::optional<BillingSettings>>> LimitRepository::billing(
    std::string_view org_id, std::string_view agent_id) const {
  return read_optional(store_, "billing.find",
                       {{"org_id", text_value(org_id)}, {"agent_id", text_or_everyone(agent_id)}},
                       billing_from_row);
}

Task<Result<std::vector<BillingSettings>>> LimitRepository::all_billing(
    std::string_view org_id) const {
  return read_all(store_, "billing.of_organization", {{"org_id", text_value(org_id)}},
                  billing_from_row);
}

void LimitRepository::add_set(UnitOfWork& unit, const LimitSettings& settings) {
  unit.run("limits.set", {{"org_id", settings.org_id},
                          {"agent_id", text_or_everyone(settings.agent_id)},
                          {"per_minute", nullable(settings.per_minute)},
                          {"per_hour", nullable(settings.per_hour)},
                          {"per_day", nullable(settings.per_day)},
                          {"same_number_per_day", nullable(settings.same_number_per_day)},
                          {"spend_per_day", nullable(settings.spend_per_day)},
                          {"spend_per_month", nullable(settings.spend_per_month)},
                          {"cap_per_day", nullable(settings.cap_per_day)},
                          {"cap_per_month", nullable(settings.cap_per_month)},
                          {"at", settings.updated_at}});
}

void LimitRepository::add_set_billing(UnitOfWork& unit, const BillingSettings& settings) {
  unit.run("billing.set", {{"org_id", settings.org_id},
                           {"agent_id", text_or_everyone(settings.agent_id)},
                           {"tier", text_or_null(settings.tier)},
                           {"markup_ppm", nullable(settings.markup_ppm)},
                           {"email", text_or_null(settings.email)},
                           {"at", settings.updated_at}});
}

void LimitRepository::add_require_no_cap(UnitOfWork& unit, std::string_view org_id) {
  unit.expect(0, "limits.caps", {{"org_id", text_value(org_id)}});
}

void LimitRepository::add_lock(UnitOfWork& unit, std::string_view org_id,
                               std::string_view agent_id) {
  unit.run("limits.lock",
           {{"org_id", text_value(org_id)}, {"agent_id", text_or_everyone(agent_id)}});
}

void LimitRepository::add_alert(UnitOfWork& unit, std::string_view org_id,
                                std::string_view agent_id, std::string_view rule,
                                std::string_view level, UnixMillis window_start, UnixMillis at) {
  unit.expect(1, "limit_alerts.add",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_or_everyone(agent_id)},
               {"rule", text_value(rule)},
               {"level", text_value(level)},
               {"window_start", window_start},
               {"at", at}});
}

}  // namespace commsd::store
