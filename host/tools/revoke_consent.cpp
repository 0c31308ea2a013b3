#include "tools/contact_argument.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  policy::ContactPreferences::Contact contact = contact_argument(arguments, *scope);
  std::string actor = actor_of(context->principal);
  Result<bool> granted_before =
      co_await services->contacts.revoke(std::move(contact), std::move(actor));
  if (!granted_before) co_return fail(granted_before.error());

  JsonWriter out;
  out.begin_object().field("success", true).field("status", "revoked");
  if (!*granted_before) {
    out.field("message", "no consent was on record; the refusal is kept");
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool revoke_consent(Services& services) {
  return {"comms_revoke_consent", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
