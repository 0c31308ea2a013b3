#include "tools/agent_resources.h"
#include "tools/call_arguments.h"
#include "tools/resources.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  const identity::Principal& principal = context->principal;
  auto view = co_await services->call_history.find(principal.org_id, principal.agent_id,
                                                   context->variables["callId"]);
  if (!view) co_return fail(view.error());
  co_return json_contents(call_json(services->threads, *view));
}

}  // namespace

// Not for the orchestrator: the id alone does not say whose organization is meant.
mcp::Resource call(Services& services) {
  mcp::Resource made;
  made.name = "call";
  made.roles = {identity::Role::agent, identity::Role::organization};
  made.read = [&services](mcp::ResourceContext& context) { return read(&services, &context); };
  return made;
}

}  // namespace commsd::tools
