#include "tools/inbox_page.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<AgentScope>> finding = existing_agent_scope(
      services->provisioning, context->principal, text_argument(arguments, "agentId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  Result<store::InboxFilter> filter = inbox_filter(*scope, arguments);
  if (!filter) co_return fail(filter.error());
  auto page = co_await services->inbox.fetch(std::move(*filter), true);
  if (!page) co_return fail(page.error());
  co_return inbox_result(*services, *scope, *page, std::nullopt);
}

}  // namespace

mcp::Tool get_waiting_messages(Services& services) {
  return {"comms_get_waiting_messages", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
