#pragma once

#include "base/json_writer.h"
#include "policy/limit_service.h"

namespace commsd::tools {

/// 125000 millionths as 12.5.
void write_percent(JsonWriter& out, std::string_view name, std::int64_t ppm);
/// "billingConfig": tier, markupPercent, billingEmail.
void write_billing(JsonWriter& out, const policy::LimitService::Billing& billing);

}  // namespace commsd::tools
