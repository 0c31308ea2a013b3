#include "tools/agent_scope.h"
#include "tools/callback_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

using messaging::CallbackEndpoints;
using messaging::CallbackOwner;

Result<CallbackEndpoints::Replay> replay_of(const JsonValue& arguments) {
  CallbackEndpoints::Replay replay;
  replay.id = text_argument(arguments, "deliveryId");
  replay.state = text_argument(arguments, "state");
  if (replay.id.empty() && replay.state.empty()) replay.state = "dead";
  if (const auto since = arguments.string("since")) {
    const auto moment = parse_iso_time(*since);
    if (!moment) return fail(ErrorCode::invalid_argument, "'since' is no moment that exists");
    replay.since = *moment;
  }
  return replay;
}

/// The secret that was made, if one was.
Task<Result<std::string>> act(Services* services, JsonValue arguments, CallbackOwner owner) {
  CallbackEndpoints& callbacks = services->callbacks;
  const std::string action(arguments.string("action").value_or("show"));
  const std::string url = text_argument(arguments, "url");
  if (action != "set" && !url.empty()) {
    co_return fail(ErrorCode::invalid_argument, "'url' goes with the action 'set'");
  }
  Result<void> done;
  if (action == "set") {
    Task<Result<std::string>> setting = callbacks.set(std::move(owner), url);
    Result<std::string> secret = co_await std::move(setting);
    co_return secret;
  }
  if (action == "rotate") {
    Task<Result<std::string>> rotating = callbacks.rotate(std::move(owner));
    Result<std::string> secret = co_await std::move(rotating);
    co_return secret;
  }
  if (action == "enable") {
    Task<Result<void>> enabling = callbacks.enable(std::move(owner));
    done = co_await std::move(enabling);
  } else if (action == "remove") {
    Task<Result<void>> removing = callbacks.remove(std::move(owner));
    done = co_await std::move(removing);
  } else if (action == "replay") {
    Result<CallbackEndpoints::Replay> what = replay_of(arguments);
    if (!what) co_return fail(what.error());
    Task<Result<void>> replaying = callbacks.replay(std::move(owner), std::move(*what));
    done = co_await std::move(replaying);
  }
  if (!done) co_return fail(done.error());
  co_return std::string();
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Result<AgentScope> scope =
      co_await agent_scope(services->provisioning, principal, text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  // An organization's token may name an agent that is not there.
  auto report = co_await services->provisioning.report(scope->org_id, scope->agent_id);
  if (!report) co_return fail(report.error());
  const std::string action = text_argument(arguments, "action");
  const bool starts = action == "set" || action == "rotate" || action == "enable";
  if (starts && report->agent.status == "deprovisioned") {
    co_return fail(ErrorCode::conflict, "the agent is deprovisioned and hears of nothing any more");
  }
  const CallbackOwner owner{scope->org_id, scope->agent_id, principal.token_id};
  Task<Result<std::string>> acting = act(services, arguments, owner);
  const Result<std::string> secret = co_await std::move(acting);
  if (!secret) co_return fail(secret.error());

  constexpr std::int64_t most_shown = 20;
  const std::string state = text_argument(arguments, "state");
  auto view = co_await services->callbacks.view(scope->org_id, scope->agent_id);
  if (!view) co_return fail(view.error());
  auto deliveries =
      co_await services->callbacks.deliveries(scope->org_id, scope->agent_id, state, most_shown);
  if (!deliveries) co_return fail(deliveries.error());
  co_return mcp::ToolResult{callback_json(scope->agent_id, *view, *deliveries, *secret), false, {}};
}

}  // namespace

mcp::Tool set_callback(Services& services) {
  return {"comms_set_callback", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
