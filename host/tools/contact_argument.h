#pragma once

#include "base/json.h"
#include "policy/contact_preferences.h"
#include "tools/agent_scope.h"

namespace commsd::tools {

/// The contact that the arguments `contactAddress` and `channel` name, as one of the agent's.
policy::ContactPreferences::Contact contact_argument(const JsonValue& arguments,
                                                     const AgentScope& scope);

}  // namespace commsd::tools
