#pragma once

#include <string>
#include <vector>

#include "config/fault.h"
#include "config/node.h"
#include "policy/compliance_rule.h"

namespace commsd::policy {

/// A checked file (schema/compliance.schema.json) as rules. Adds faults for what a schema cannot
/// say: hours, holidays, dates.
CountryRules read_rules(const config::Node& root, const std::string& file,
                        std::vector<config::ConfigFault>& faults);

}  // namespace commsd::policy
