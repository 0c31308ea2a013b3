#include "identity/organization_service.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  identity::OrganizationApplication application;
  application.name = text_argument(arguments, "name");
  application.slug = text_argument(arguments, "slug");
  application.company = text_argument(arguments, "company");
  application.website = text_argument(arguments, "website");
  application.use_case = text_argument(arguments, "useCase");
  application.postal_address = text_argument(arguments, "postalAddress");
  if (const auto settings = arguments.get("settings")) {
    application.settings_json = settings->to_string();
  }
  auto created =
      co_await services->organizations->create(context->principal, std::move(application), false);
  if (!created) co_return fail(created.error());
  const store::Organization& organization = created->organization;
  JsonWriter out;
  out.begin_object().field("success", true).field("orgId", organization.id);
  out.field("name", organization.name).field("slug", organization.slug);
  out.field("mode", organization.mode);
  out.field("accountStatus", identity::account_status(organization));
  out.field("adminToken", created->token);
  out.field("message",
            "Keep the token: it is shown only now. The organization is in sandbox mode until it is "
            "approved (commsctl organizations review).");
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool create_organization(Services& services) {
  return {"comms_create_organization",
          {identity::Role::orchestrator},
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
