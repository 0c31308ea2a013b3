#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "identity/principal.h"

namespace commsd::tools {

/// The organization a call is for: the caller's own, or for an orchestrator the argument
/// `organizationId`. invalid_argument: an orchestrator left it out; permission_denied: another's.
Result<std::string> organization_scope(const identity::Principal& principal,
                                       const JsonValue& arguments);

}  // namespace commsd::tools
