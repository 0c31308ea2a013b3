#include "tools/agent_resources.h"
#include "tools/message_json.h"
#include "tools/resources.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  const identity::Principal& principal = context->principal;
  auto view = co_await services->history.find(principal.org_id, principal.agent_id,
                                              context->variables["messageId"]);
  if (!view) co_return fail(view.error());
  co_return json_contents(message_json(services->threads, *view));
}

}  // namespace

// Not for the orchestrator: the id alone does not say whose organization is meant.
mcp::Resource message(Services& services) {
  mcp::Resource made;
  made.name = "message";
  made.roles = {identity::Role::agent, identity::Role::organization};
  made.read = [&services](mcp::ResourceContext& context) { return read(&services, &context); };
  return made;
}

}  // namespace commsd::tools
