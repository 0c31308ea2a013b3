#include "tools/agent_resources.h"
#include "tools/completions.h"
#include "tools/message_json.h"
#include "tools/resources.h"

namespace commsd::tools {

namespace {

using Contents = std::vector<mcp::ResourceContents>;

Task<Result<Contents>> read(Services* services, mcp::ResourceContext* context) {
  Task<Result<AgentScope>> asking =
      agent_of(*services, context->principal, context->variables["agentId"]);
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope) co_return fail(scope.error());
  store::InboxFilter filter;
  filter.org_id = scope->org_id;
  filter.agent_id = scope->agent_id;
  auto page = co_await services->inbox.fetch(std::move(filter), false);
  if (!page) co_return fail(page.error());
  JsonWriter out;
  out.begin_object().field("agentId", scope->agent_id).key("messages").begin_array();
  for (const store::InboxItem& item : page->items) {
    write_item(out, *services, item, !context->to_compare);
  }
  out.end_array().field("count", page->items.size()).end_object();
  co_return json_contents(out.take());
}

}  // namespace

mcp::Resource agent_inbox(Services& services) {
  mcp::Resource made;
  made.name = "agent_inbox";
  made.roles = everybody;
  made.read = [&services](mcp::ResourceContext& context) { return read(&services, &context); };
  made.list = [&services](identity::Principal principal, std::string after, std::size_t limit) {
    return list_agents(&services, "Inbox", std::move(principal), std::move(after), limit);
  };
  made.complete = completer(services);
  return made;
}

}  // namespace commsd::tools
