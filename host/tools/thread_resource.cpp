#include "tools/agent_resources.h"
#include "tools/completions.h"
#include "tools/resource_uris.h"
#include "tools/resources.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

std::string describe(const std::string& agent_id, const messaging::Threads::View& view) {
  JsonWriter out;
  out.begin_object().field("agentId", agent_id).field("contact", view.contact);
  out.key("entries").begin_array();
  for (const messaging::Threads::Entry& entry : view.entries) {
    out.begin_object().field("at", iso_time(entry.at));
    out.field("direction", entry.inbound ? "inbound" : "outbound");
    out.field("channel", entry.channel).field("id", entry.id).field("status", entry.state);
    if (!entry.inbound) out.field("uri", message_uri(entry.id));
    out.end_object();
  }
  return out.end_array().end_object().take();
}

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  Task<Result<AgentScope>> asking =
      agent_scope(services->provisioning, context->principal, context->variables["agentId"]);
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope) co_return fail(scope.error());
  auto view = co_await services->threads.find(scope->org_id, scope->agent_id,
                                              context->variables["contact"]);
  if (!view) co_return fail(view.error());
  co_return json_contents(describe(scope->agent_id, *view));
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
