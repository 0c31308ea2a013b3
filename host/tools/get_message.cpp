#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

std::string describe(const messaging::MessageHistory::View& view) {
  const store::Message& message = view.message;
  JsonWriter out;
  out.begin_object().key("message").begin_object();
  out.field("id", message.id).field("agentId", message.agent_id);
  out.field("channel", message.channel).field("direction", "outbound");
  out.field("from", message.from_address).field("to", message.to_address);
  out.field("status", message.state).field("provider", message.provider);
  out.key("externalId");
  message.vendor_id.empty() ? out.null() : out.value(message.vendor_id);
  out.field("attempts", message.attempts);
  if (message.cost_currency.empty()) {
    out.key("cost").null().key("currency").null();
  } else {
    out.field("cost", static_cast<double>(message.cost_micros) / 1e6);
    out.field("currency", message.cost_currency);
  }
  out.field("createdAt", iso_time(message.created_at));
  out.field("updatedAt", iso_time(message.updated_at)).end_object();

  out.key("timeline").begin_array();
  for (const store::TimelineEntry& entry : view.timeline) {
    out.begin_object().field("at", iso_time(entry.at)).field("state", entry.state);
    out.field("detail", entry.detail).end_object();
  }
  out.end_array().key("failure");
  if (view.failure) {
    out.begin_object().field("code", view.failure->code).field("why", view.failure->why);
    out.field("whatToDo", view.failure->what_to_do);
    out.field("vendorCode", view.failure->vendor_code).end_object();
  } else {
    out.null();
  }
  return out.end_object().take();
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
  auto view =
      co_await services->history.find(org_id, agent_id, text_argument(arguments, "messageId"));
  if (!view) co_return fail(view.error());
  co_return mcp::ToolResult{describe(*view), false, {}};
}

}  // namespace

mcp::Tool get_message(Services& services) {
  return {"comms_get_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
