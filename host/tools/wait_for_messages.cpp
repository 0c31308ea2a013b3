#include <algorithm>
#include <stop_token>

#include "tools/inbox_page.h"

namespace commsd::tools {

namespace {

/// Clients give a call 60 s, so an answer must be on its way before that.
constexpr std::int64_t longest_wait_seconds = 55;

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Task<Result<AgentScope>> finding = existing_agent_scope(
      services->provisioning, context->principal, text_argument(arguments, "agentId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  Result<store::InboxFilter> filter = inbox_filter(*scope, arguments);
  if (!filter) co_return fail(filter.error());
  const std::chrono::seconds limit(std::clamp<std::int64_t>(
      integer_argument(arguments, "timeoutSeconds", 25), 1, longest_wait_seconds));
  std::stop_source over;
  const auto end = [&over] { over.request_stop(); };
  const std::stop_callback on_cancel(context->cancelled, end);
  const std::stop_callback on_drain(context->draining, end);
  auto page = co_await services->inbox.wait(std::move(*filter), true, limit, over.get_token());
  if (!page) co_return fail(page.error());
  co_return inbox_result(*services, *scope, *page, page->items.empty());
}

}  // namespace

mcp::Tool wait_for_messages(Services& services) {
  return {"comms_wait_for_messages", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
