#include "tools/contact_argument.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

void write_moment(JsonWriter& out, std::string_view name, std::optional<UnixMillis> at) {
  out.key(name);
  at ? out.value(iso_time(*at)) : out.null();
}

void write_text(JsonWriter& out, std::string_view name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

std::string describe(const policy::ContactPreferences::Standing& standing) {
  JsonWriter out;
  out.begin_object().field("hasConsent", standing.valid && !standing.opted_out);
  if (!standing.consent) {
    out.field("status", "none").field("optedOut", standing.opted_out);
    out.field("message", "no consent of this contact is on record");
    return out.end_object().take();
  }
  const store::Consent& consent = *standing.consent;
  const bool expired = consent.status == "granted" && !standing.valid;
  out.field("status", expired ? "expired" : consent.status);
  write_text(out, "consentType", consent.type);
  write_moment(out, "grantedAt", consent.granted_at);
  write_moment(out, "revokedAt", consent.revoked_at);
  write_moment(out, "expiresAt", consent.expires_at);
  write_text(out, "source", consent.source);
  out.field("optedOut", standing.opted_out);
  return out.end_object().take();
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  policy::ContactPreferences::Contact contact = contact_argument(arguments, *scope);
  Result<policy::ContactPreferences::Standing> standing =
      co_await services->contacts.check(std::move(contact));
  if (!standing) co_return fail(standing.error());
  co_return mcp::ToolResult{describe(*standing), false, {}};
}

}  // namespace

mcp::Tool check_consent(Services& services) {
  return {"comms_check_consent", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
