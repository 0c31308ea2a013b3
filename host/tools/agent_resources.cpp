#include "tools/agent_resources.h"

namespace commsd::tools {

Task<Result<AgentScope>> agent_of(Services& services, identity::Principal principal,
                                  std::string agent_id) {
  Task<Result<AgentScope>> asking =
      agent_scope(services.provisioning, principal, std::move(agent_id));
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope || principal.role != identity::Role::organization) co_return scope;
  // An orchestrator was led to the agent, and an agent is itself.
  auto report = co_await services.provisioning.report(scope->org_id, scope->agent_id);
  if (!report) co_return fail(report.error());
  co_return scope;
}

Task<Result<mcp::ResourcePage>> list_agents(Services* services, std::string title,
                                            identity::Principal principal, std::string after,
                                            std::size_t limit) {
  mcp::ResourcePage page;
  const auto add = [&](const std::string& agent_id, const std::string& name) {
    mcp::ListedResource listed;
    listed.variables.emplace("agentId", agent_id);
    listed.title = name.empty() ? title : title + " of " + name;
    page.resources.push_back(std::move(listed));
  };
  if (principal.role == identity::Role::agent) add(principal.agent_id, "");
  if (principal.role != identity::Role::organization) co_return page;

  // One more than asked for tells whether there is another page.
  auto agents = co_await services->provisioning.agents(principal.org_id, after,
                                                       static_cast<std::int64_t>(limit) + 1);
  if (!agents) co_return fail(agents.error());
  const bool more = agents->size() > limit;
  if (more) agents->pop_back();
  for (const store::Agent& agent : *agents) add(agent.id, agent.display_name);
  if (more) page.next = agents->back().id;
  co_return page;
}

std::vector<mcp::ResourceContents> json_contents(std::string json) {
  std::vector<mcp::ResourceContents> contents;
  contents.push_back({std::move(json), false});
  return contents;
}

}  // namespace commsd::tools
