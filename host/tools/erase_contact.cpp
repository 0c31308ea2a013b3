#include "messaging/contact_erasure.h"
#include "tools/agent_scope.h"
#include "tools/organization_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Result<std::string> org_id = organization_scope(principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  auto organization = co_await services->organizations->find(*org_id);
  if (!organization) co_return fail(organization.error());
  std::string contact = text_argument(arguments, "contactAddress");
  std::string actor = actor_of(principal);
  auto outcome =
      co_await services->erasure->erase(std::move(*org_id), std::move(contact), std::move(actor));
  if (!outcome) co_return fail(outcome.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("erasureId", outcome->id);
  out.field("status", outcome->done ? "completed" : "pending").key("erased").begin_object();
  for (const auto& [name, rows] : outcome->rows) out.field(name, rows);
  out.end_object().field("cancelled", outcome->cancelled);
  out.field("suppressionsKept", outcome->suppressions_kept);
  if (!outcome->done) {
    out.field("message",
              "something of this contact is being sent at this moment; it is erased as "
              "soon as it has ended, with nothing more to do");
  }
  co_return mcp::ToolResult{out.end_object().take(), false, {}};
}

}  // namespace

mcp::Tool erase_contact(Services& services) {
  return {"comms_erase_contact", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
