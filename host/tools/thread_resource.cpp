#include "tools/agent_resources.h"
#include "tools/completions.h"
#include "tools/resources.h"
#include "tools/thread_json.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  Task<Result<AgentScope>> asking =
      agent_scope(services->provisioning, context->principal, context->variables["agentId"]);
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope) co_return fail(scope.error());
  messaging::Threads::Page first;
  Task<Result<messaging::Threads::View>> finding = services->threads.find(
      scope->org_id, scope->agent_id, context->variables["contact"], std::move(first));
  Result<messaging::Threads::View> view = co_await std::move(finding);
  if (!view) co_return fail(view.error());
  co_return json_contents(thread_json(services->threads, *scope, *view));
}

}  // namespace

mcp::Resource thread(Services& services) {
  mcp::Resource made;
  made.name = "thread";
  made.roles = everybody;
  made.read = [&services](mcp::ResourceContext& context) { return read(&services, &context); };
  made.complete = completer(services);
  return made;
}

}  // namespace commsd::tools
