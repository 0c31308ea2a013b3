#include "tools/agent_scope.h"
#include "tools/call_arguments.h"
#include "tools/message_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<std::optional<std::string>>> content_of(Services* services, std::string org_id,
                                                    std::string id, bool may_read) {
  if (!may_read) co_return std::optional<std::string>();
  Task<Result<std::optional<std::string>>> reading =
      services->bodies->read(std::move(org_id), std::move(id));
  Result<std::optional<std::string>> content = co_await std::move(reading);
  co_return content;
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  std::string agent_id = text_argument(arguments, "agentId");
  std::string org_id = principal.org_id;
  // An organization may ask by message alone; an agent sees its own, an orchestrator must say
  // whose organization it means.
  if (principal.role != identity::Role::organization || !agent_id.empty()) {
    Result<AgentScope> scope =
        co_await agent_scope(services->provisioning, principal, std::move(agent_id));
    if (!scope) co_return fail(scope.error());
    org_id = scope->org_id;
    agent_id = scope->agent_id;
  }
  const std::string message_id = text_argument(arguments, "messageId");
  // Whoever runs the server is not who the words are for.
  const bool may_read = principal.role != identity::Role::orchestrator;
  if (message_id.starts_with("call_")) {
    auto call = co_await services->call_history.find(org_id, agent_id, message_id);
    if (!call) co_return fail(call.error());
    Task<Result<std::optional<std::string>>> reading =
        content_of(services, org_id, message_id, may_read);
    Result<std::optional<std::string>> script = co_await std::move(reading);
    if (!script) co_return fail(script.error());
    co_return mcp::ToolResult{call_json(services->threads, *call, *script), false, {}};
  }
  if (message_id.starts_with("in_")) {
    auto item = co_await services->history.find_item(org_id, agent_id, message_id);
    if (!item) co_return fail(item.error());
    co_return mcp::ToolResult{received_json(services->threads, *item), false, {}};
  }
  auto view = co_await services->history.find(org_id, agent_id, message_id);
  if (!view) co_return fail(view.error());
  Task<Result<std::optional<std::string>>> reading =
      content_of(services, org_id, message_id, may_read);
  Result<std::optional<std::string>> content = co_await std::move(reading);
  if (!content) co_return fail(content.error());
  co_return mcp::ToolResult{message_json(services->threads, *view, *content), false, {}};
}

}  // namespace

mcp::Tool get_message(Services& services) {
  return {"comms_get_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
