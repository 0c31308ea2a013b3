#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const std::string org_id = text_argument(arguments, "organizationId");
  const std::string requirement = text_argument(arguments, "requirement");
  const bool met = flag_argument(arguments, "met", true);
  Task<Result<void>> setting = services->provisioning.requirements().set(
      context->principal, org_id, requirement, met, text_argument(arguments, "evidence"));
  Result<void> done = co_await std::move(setting);
  if (!done) co_return fail(done.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("organizationId", org_id);
  out.field("requirement", requirement).field("met", met).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool meet_requirement(Services& services) {
  return {"comms_meet_requirement",
          {identity::Role::orchestrator},
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
