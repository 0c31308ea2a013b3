#include <array>

#include "policy/money.h"
#include "tools/limit_scope.h"

namespace commsd::tools {

namespace {

using Settings = store::LimitSettings;
using Member = std::optional<std::int64_t> Settings::*;

constexpr std::array<std::pair<std::string_view, Member>, 4> counts = {{
    {"maxActionsPerMinute", &Settings::per_minute},
    {"maxActionsPerHour", &Settings::per_hour},
    {"maxActionsPerDay", &Settings::per_day},
    {"maxCallsPerDaySameNumber", &Settings::same_number_per_day},
}};
constexpr std::array<std::pair<std::string_view, Member>, 4> amounts = {{
    {"maxSpendPerDay", &Settings::spend_per_day},
    {"maxSpendPerMonth", &Settings::spend_per_month},
    {"maxOrganizationSpendPerDay", &Settings::cap_per_day},
    {"maxOrganizationSpendPerMonth", &Settings::cap_per_month},
}};

/// LimitService: this takes the setting away.
constexpr std::int64_t take_away = -1;

Result<Settings> settings_of(const JsonValue& arguments) {
  Settings settings;
  const auto limits = arguments.get("limits");
  if (!limits || limits->size() == 0) {
    return fail(ErrorCode::invalid_argument, "'limits' must name at least one limit to set");
  }
  for (const auto& [name, member] : counts) {
    const auto value = limits->get(name);
    if (!value) continue;
    settings.*member = value->is_null() ? take_away : integer_argument(*limits, name, take_away);
  }
  for (const auto& [name, member] : amounts) {
    const auto value = limits->get(name);
    if (!value) continue;
    const auto micros = value->is_null() ? std::optional<std::int64_t>(take_away)
                                         : policy::to_micros(value->number().value_or(-1));
    if (!micros) {
      return fail(ErrorCode::invalid_argument,
                  "'limits." + std::string(name) + "' must have at most six decimals");
    }
    settings.*member = micros;
  }
  return settings;
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<AgentScope>> finding = named_scope(*services, context->principal, arguments);
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  Result<Settings> settings = settings_of(arguments);
  if (!settings) co_return fail(settings.error());
  settings->org_id = scope->org_id;
  settings->agent_id = scope->agent_id;
  Task<Result<policy::LimitService::View>> setting =
      services->limits.set(actor_of(context->principal), std::move(*settings));
  auto view = co_await std::move(setting);
  if (!view) co_return fail(view.error());
  JsonWriter out;
  out.begin_object().field("success", true);
  write_scope(out, *scope);
  write_limits(out, "currentLimits", view->limits);
  if (scope->agent_id.empty()) write_caps(out, view->organization);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_agent_limits(Services& services) {
  return {"comms_set_agent_limits", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
