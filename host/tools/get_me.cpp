#include "identity/organization_service.h"
#include "identity/scopes.h"
#include "tools/agent_scope.h"
#include "tools/channel_json.h"
#include "tools/limit_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

void write_words(JsonWriter& out, std::string_view name, const std::vector<std::string>& words) {
  out.key(name).begin_array();
  for (const std::string& word : words) out.value(word);
  out.end_array();
}

void write_agent(JsonWriter& out, const provisioning::ChannelReport& report) {
  const store::Agent& agent = report.agent;
  out.key("agent").begin_object().field("id", agent.id).field("displayName", agent.display_name);
  out.field("status", agent.status).field("country", agent.country);
  out.field("identity", agent.identity);
  write_words(out, "blockedChannels", identity::split_words(agent.blocked_channels));
  out.end_object();
  write_channels(out, report.channels);
}

Task<Result<mcp::ToolResult>> run(Services* services, mcp::ToolContext* context) {
  const identity::Principal principal = context->principal;
  JsonWriter out;
  out.begin_object().field("role", identity::to_string(principal.role));
  if (principal.scopes) {
    write_words(out, "scopes", *principal.scopes);
  } else {
    out.key("scopes").null();
  }
  write_words(out, "toolsets", principal.toolsets);
  if (principal.org_id.empty()) {
    out.key("organization").null().key("agent").null().end_object();
    co_return mcp::ToolResult{out.take(), false, {}};
  }
  auto organization = co_await services->organizations->find(principal.org_id);
  if (!organization) co_return fail(organization.error());
  out.key("organization").begin_object().field("id", organization->id);
  out.field("name", organization->name).key("slug");
  if (organization->slug.empty()) {
    out.null();
  } else {
    out.value(organization->slug);
  }
  out.field("mode", organization->mode);
  out.field("accountStatus", identity::account_status(*organization)).end_object();
  if (principal.agent_id.empty()) {
    out.key("agent").null();
  } else {
    auto report = co_await services->provisioning.report(principal.org_id, principal.agent_id);
    if (!report) co_return fail(report.error());
    write_agent(out, *report);
  }
  auto pool = co_await services->provisioning.pool(principal.org_id);
  if (!pool) co_return fail(pool.error());
  write_pool(out, *pool);
  if (!principal.org_id.empty()) {
    Task<Result<policy::LimitService::View>> asking =
        services->limits.view(principal.org_id, principal.agent_id);
    Result<policy::LimitService::View> view = co_await std::move(asking);
    if (!view) co_return fail(view.error());
    write_limits(out, "limits", view->limits);
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool get_me(Services& services) {
  return {"comms_get_me", everybody,
          [&services](JsonValue, mcp::ToolContext& context) { return run(&services, &context); }};
}

}  // namespace commsd::tools
