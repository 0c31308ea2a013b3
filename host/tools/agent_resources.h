#pragma once

#include <string>
#include <vector>

#include "mcp/resource.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

// What the resources of an agent share: whose they are, and how they are listed.

/// The agent in a resource's URI, if the caller may see it and it is there: not_found otherwise.
Task<Result<AgentScope>> agent_of(Services& services, identity::Principal principal,
                                  std::string agent_id);

/// One resource for each agent the caller sees: an agent itself, an organization all of its agents.
/// An orchestrator names agents and lists none: they are all agents of all organizations.
Task<Result<mcp::ResourcePage>> list_agents(Services* services, std::string title,
                                            identity::Principal principal, std::string after,
                                            std::size_t limit);

/// One text of JSON.
std::vector<mcp::ResourceContents> json_contents(std::string json);

}  // namespace commsd::tools
