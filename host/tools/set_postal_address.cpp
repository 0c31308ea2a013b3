#include "identity/organization_service.h"
#include "tools/agent_scope.h"
#include "tools/organization_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<std::string> org_id = organization_scope(context->principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  auto address = co_await services->organizations->set_postal_address(
      context->principal, *org_id, text_argument(arguments, "postalAddress"));
  if (!address) co_return fail(address.error());
  JsonWriter out;
  out.begin_object().field("success", true).key("postalAddress");
  address->empty() ? out.null() : out.value(*address);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_postal_address(Services& services) {
  return {"comms_set_postal_address", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
