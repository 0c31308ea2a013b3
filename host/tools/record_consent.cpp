#include "tools/contact_argument.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  policy::ContactPreferences::Grant grant;
  grant.type = arguments.string("consentType").value_or("express");
  grant.source = text_argument(arguments, "source");
  grant.notes = text_argument(arguments, "notes");
  if (const auto expires_at = arguments.string("expiresAt")) {
    grant.expires_at = parse_iso_time(*expires_at);
    if (!grant.expires_at) {
      co_return fail(ErrorCode::invalid_argument,
                     "'expiresAt' is no moment; expected one like 2027-05-01T12:00:00Z");
    }
  }
  policy::ContactPreferences::Contact contact = contact_argument(arguments, *scope);
  std::string actor = actor_of(context->principal);
  Result<store::Consent> consent =
      co_await services->contacts.record(std::move(contact), std::move(grant), std::move(actor));
  if (!consent) co_return fail(consent.error());

  JsonWriter out;
  out.begin_object().field("success", true).field("consentId", consent->id);
  out.field("status", consent->status).key("expiresAt");
  consent->expires_at ? out.value(iso_time(*consent->expires_at)) : out.null();
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool record_consent(Services& services) {
  return {"comms_record_consent", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
