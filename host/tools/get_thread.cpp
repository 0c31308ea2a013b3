#include "tools/agent_scope.h"
#include "tools/thread_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  messaging::Threads::Page page;
  page.limit = integer_argument(arguments, "limit", page.limit);
  page.before = text_argument(arguments, "before");
  std::string thread_id = text_argument(arguments, "threadId");
  Task<Result<messaging::Threads::View>> finding =
      services->threads.find(scope->org_id, scope->agent_id, std::move(thread_id), std::move(page));
  Result<messaging::Threads::View> view = co_await std::move(finding);
  if (!view) co_return fail(view.error());
  co_return mcp::ToolResult{thread_json(services->threads, *scope, *view), false, {}};
}

}  // namespace

mcp::Tool get_thread(Services& services) {
  return {"comms_get_thread", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
