#include "identity/organization_service.h"
#include "tools/agent_scope.h"
#include "tools/organization_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services) {
  auto all = co_await services->organizations->list();
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("organizations").begin_array();
  for (const store::Organization& one : *all) write_organization(out, one);
  out.end_array().field("total", all->size()).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool list_organizations(Services& services) {
  return {"comms_list_organizations",
          {identity::Role::orchestrator},
          [&services](JsonValue, mcp::ToolContext&) { return run(&services); }};
}

}  // namespace commsd::tools
