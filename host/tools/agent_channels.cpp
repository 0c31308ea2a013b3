#include "tools/agent_resources.h"
#include "tools/channel_json.h"
#include "tools/completions.h"
#include "tools/resources.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  Task<Result<AgentScope>> asking =
      agent_scope(services->provisioning, context->principal, context->variables["agentId"]);
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope) co_return fail(scope.error());
  auto report = co_await services->provisioning.report(scope->org_id, scope->agent_id);
  if (!report) co_return fail(report.error());
  JsonWriter out;
  out.begin_object().field("agentId", report->agent.id);
  out.field("displayName", report->agent.display_name).field("status", report->agent.status);
  write_channels(out, report->channels);
  out.end_object();
  co_return json_contents(out.take());
}

}  // namespace

mcp::Resource agent_channels(Services& services) {
  mcp::Resource made;
  made.name = "agent_channels";
  made.roles = everybody;
  made.read = [&services](mcp::ResourceContext& context) { return read(&services, &context); };
  made.list = [&services](identity::Principal principal, std::string after, std::size_t limit) {
    return list_agents(&services, "Channels", std::move(principal), std::move(after), limit);
  };
  made.complete = completer(services);
  return made;
}

}  // namespace commsd::tools
