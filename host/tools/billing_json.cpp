#include "tools/billing_json.h"

#include "policy/money.h"

namespace commsd::tools {

void write_percent(JsonWriter& out, std::string_view name, std::int64_t ppm) {
  out.raw_field(name, policy::format_micros(ppm * 100));
}

void write_billing(JsonWriter& out, const policy::LimitService::Billing& billing) {
  const auto text = [&out](std::string_view name, const std::string& value) {
    out.key(name);
    value.empty() ? out.null() : out.value(value);
  };
  out.key("billingConfig").begin_object();
  text("tier", billing.tier);
  write_percent(out, "markupPercent", billing.markup_ppm);
  text("billingEmail", billing.email);
  out.end_object();
}

}  // namespace commsd::tools
