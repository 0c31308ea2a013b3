#include "identity/principal.h"

#include <algorithm>

namespace commsd::identity {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::orchestrator:
      return "orchestrator";
    case Role::organization:
      return "organization";
    case Role::agent:
      break;
  }
  return "agent";
}

std::string Principal::key() const {
  return std::string(to_string(role)) + ':' + org_id + ':' + agent_id;
}

bool Principal::may(std::string_view scope) const {
  return !scopes || scope.empty() ||
         std::find(scopes->begin(), scopes->end(), scope) != scopes->end();
}

Result<std::string> requested_agent(const Principal& principal, std::string_view argument) {
  if (principal.role == Role::agent) {
    if (!argument.empty() && argument != principal.agent_id) {
      return fail(ErrorCode::permission_denied,
                  "this token is for another agent: leave agentId out, or use a token of that "
                  "agent or of its organization");
    }
    return principal.agent_id;
  }
  if (argument.empty()) {
    return fail(ErrorCode::invalid_argument,
                "agentId is required, because this token is not an agent's own");
  }
  return std::string(argument);
}

}  // namespace commsd::identity
