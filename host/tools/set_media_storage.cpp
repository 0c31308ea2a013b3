#include "identity/organization_service.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

using messaging::InboundMedia;

std::optional<std::int64_t> maybe_integer(const JsonValue& arguments, std::string_view name) {
  if (const auto number = arguments.integer(name)) return *number;
  return std::nullopt;
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Task<Result<AgentScope>> finding =
      existing_agent_scope(services->provisioning, principal, text_argument(arguments, "agentId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  InboundMedia::Change change;
  if (const auto persistent = arguments.boolean("persistent")) change.persistent = *persistent;
  change.quota_bytes = maybe_integer(arguments, "quotaBytes");
  change.retention_days = maybe_integer(arguments, "retentionDays");
  const bool shows = !change.persistent && !change.quota_bytes && !change.retention_days;
  Task<Result<InboundMedia::State>> asking =
      shows ? services->media->state(scope->org_id, scope->agent_id)
            : services->media->change(scope->org_id, scope->agent_id, identity::actor_of(principal),
                                      change);
  Result<InboundMedia::State> state = co_await std::move(asking);
  if (!state) co_return fail(state.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", scope->agent_id);
  out.field("persistent", state->persistent).field("quotaBytes", state->quota_bytes);
  out.field("retentionDays", state->retention_days).field("usedBytes", state->used_bytes);
  out.field("stored", state->stored).field("waiting", state->waiting);
  out.field("failed", state->failed).end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool set_media_storage(Services& services) {
  return {"comms_set_media_storage", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
