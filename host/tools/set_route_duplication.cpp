#include "tools/agent_scope.h"
#include "tools/route_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Result<AgentScope> scope =
      co_await agent_scope(services->provisioning, principal, text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  // An organization's token may name an agent that is not there.
  auto report = co_await services->provisioning.report(scope->org_id, scope->agent_id);
  if (!report) co_return fail(report.error());
  std::string secret;
  messaging::Routes::Wanted wanted = routes_argument(arguments);
  if (!wanted.empty()) {
    messaging::CallbackOwner owner{scope->org_id, scope->agent_id, principal.token_id};
    Task<Result<std::string>> setting = services->routes->set(std::move(owner), std::move(wanted));
    Result<std::string> set = co_await std::move(setting);
    if (!set) co_return fail(set.error());
    secret = std::move(*set);
  }
  auto routes = co_await services->routes->view(scope->org_id, scope->agent_id);
  if (!routes) co_return fail(routes.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", scope->agent_id);
  write_routes(out, *routes);
  if (!secret.empty()) out.field("webhookCopySecret", secret);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_route_duplication(Services& services) {
  return {"comms_set_route_duplication", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
