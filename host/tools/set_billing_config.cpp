#include "base/text.h"
#include "policy/money.h"
#include "tools/billing_json.h"
#include "tools/limit_scope.h"

namespace commsd::tools {

namespace {

Result<store::BillingSettings> settings_of(const JsonValue& arguments) {
  store::BillingSettings settings;
  settings.tier = text_argument(arguments, "tier");
  settings.email = text_argument(arguments, "billingEmail");
  if (!settings.email.empty() && !is_email_address(settings.email)) {
    return fail(ErrorCode::invalid_argument, "'billingEmail' is not an e-mail address");
  }
  if (const auto percent = arguments.get("markupPercent")) {
    const auto micros = policy::to_micros(percent->number().value_or(-1));
    if (!micros || *micros % 100 != 0 || *micros > 500'000'000) {
      return fail(ErrorCode::invalid_argument,
                  "'markupPercent' must be from 0 to 500, with at most four decimals");
    }
    settings.markup_ppm = *micros / 100;
  }
  if (settings.tier.empty() && settings.email.empty() && !settings.markup_ppm) {
    return fail(ErrorCode::invalid_argument,
                "name what to set: 'tier', 'markupPercent' or 'billingEmail'");
  }
  return settings;
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<AgentScope>> finding = named_scope(*services, context->principal, arguments);
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  Result<store::BillingSettings> settings = settings_of(arguments);
  if (!settings) co_return fail(settings.error());
  settings->org_id = scope->org_id;
  settings->agent_id = scope->agent_id;
  Task<Result<policy::LimitService::Billing>> setting =
      services->limits.set_billing(actor_of(context->principal), std::move(*settings));
  auto billing = co_await std::move(setting);
  if (!billing) co_return fail(billing.error());
  JsonWriter out;
  out.begin_object().field("success", true);
  write_scope(out, *scope);
  write_billing(out, *billing);
  if (billing->tier_limits) {
    write_limits(out, "tierLimits", *billing->tier_limits, false);
  } else {
    out.key("tierLimits").null();
  }
  out.key("availableTiers").begin_array();
  for (const std::string& tier : services->limits.tiers().names()) out.value(tier);
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_billing_config(Services& services) {
  return {"comms_set_billing_config", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
