#include "tools/organization_scope.h"

#include "tools/agent_scope.h"

namespace commsd::tools {

Result<std::string> organization_scope(const identity::Principal& principal,
                                       const JsonValue& arguments) {
  std::string named = text_argument(arguments, "organizationId");
  if (principal.role == identity::Role::orchestrator) {
    if (!named.empty()) return named;
    return fail(ErrorCode::invalid_argument,
                "'organizationId' is required with an orchestrator token");
  }
  if (!named.empty() && named != principal.org_id) {
    return fail(ErrorCode::permission_denied, "this token is for another organization");
  }
  return principal.org_id;
}

}  // namespace commsd::tools
