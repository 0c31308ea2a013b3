#include "tools/call_arguments.h"
#include "voice/bridges.h"

namespace commsd::tools {

namespace {

void write_optional(JsonWriter& out, std::string_view name, const std::string& text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

Task<Result<mcp::ToolResult>> set_up(Services* services, std::string org_id, JsonValue arguments) {
  store::Bridge bridge;
  bridge.org_id = std::move(org_id);
  bridge.caller = text_argument(arguments, "fromNumber");
  if (bridge.caller.empty()) bridge.caller = "*";
  bridge.local_number = text_argument(arguments, "localNumber");
  bridge.destination = text_argument(arguments, "destinationNumber");
  bridge.label = text_argument(arguments, "label");
  Task<Result<store::Bridge>> setting = services->bridges.set_up(std::move(bridge));
  Result<store::Bridge> made = co_await std::move(setting);
  if (!made) co_return fail(made.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("bridgeId", made->id);
  out.field("localNumber", made->local_number).field("callerPattern", made->caller);
  out.field("destinationNumber", made->destination);
  write_optional(out, "label", made->label);
  out.field("description", (made->caller == "*" ? "all calls" : "calls from " + made->caller) +
                               " to " + made->local_number + " go to " + made->destination);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

Task<Result<mcp::ToolResult>> remove(Services* services, std::string org_id, JsonValue arguments) {
  Task<Result<void>> removing =
      services->bridges.remove(std::move(org_id), text_argument(arguments, "bridgeId"));
  Result<void> removed = co_await std::move(removing);
  if (!removed) co_return fail(removed.error());
  co_return mcp::ToolResult{R"({"success":true,"removed":true})", false, {}};
}

Task<Result<mcp::ToolResult>> list(Services* services, std::string org_id) {
  Task<Result<voice::Bridges::Overview>> listing = services->bridges.list(std::move(org_id));
  Result<voice::Bridges::Overview> all = co_await std::move(listing);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().field("success", true).key("routes").begin_array();
  for (const store::Bridge& bridge : all->bridges) {
    out.begin_object().field("id", bridge.id).field("localNumber", bridge.local_number);
    out.field("callerPattern", bridge.caller).field("destinationNumber", bridge.destination);
    write_optional(out, "label", bridge.label);
    out.field("active", true).field("createdAt", iso_time(bridge.created_at)).end_object();
  }
  out.end_array().key("recentCalls").begin_array();
  for (const store::Call& call : all->recent) {
    out.begin_object().field("id", call.id).field("bridgeId", call.bridge_id);
    out.field("caller", call.from_address).field("destination", call.to_address);
    out.field("status", call.state).key("duration");
    call.duration_ms ? out.value(static_cast<double>(*call.duration_ms) / 1e3) : out.null();
    out.field("startedAt", iso_time(call.created_at)).key("endedAt");
    call.ended_at ? out.value(iso_time(*call.ended_at)) : out.null();
    out.end_object();
  }
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

Task<Result<mcp::ToolResult>> call(Services* services, std::string org_id, JsonValue arguments) {
  voice::CallRequest request = call_request(*services, {}, arguments, "comms_bridge_call");
  request.script.words = "Please hold while you are connected.";
  const std::string caller = text_argument(arguments, "callerNumber");
  Task<Result<voice::CallOutcome>> placing = services->bridges.call(
      std::move(org_id), text_argument(arguments, "bridgeId"), caller, std::move(request));
  Result<voice::CallOutcome> outcome = co_await std::move(placing);
  if (!outcome) co_return fail(outcome.error());
  co_return call_result(*outcome, [&](JsonWriter& out) {
    out.field("bridgeCallId", outcome->call.id).field("caller", caller);
    out.field("bridgeId", outcome->call.bridge_id);
  });
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  const std::string wanted = text_argument(arguments, "organizationId");
  std::string org_id = principal.org_id;
  if (principal.role == identity::Role::orchestrator) {
    if (wanted.empty()) {
      co_return fail(ErrorCode::invalid_argument,
                     "'organizationId' is required: say whose bridges you mean");
    }
    org_id = wanted;
  } else if (!wanted.empty() && wanted != org_id) {
    co_return fail(ErrorCode::not_found, "there is no such organization");
  }
  const std::string action = text_argument(arguments, "action");
  Task<Result<mcp::ToolResult>> acting = action == "setup"    ? set_up(services, org_id, arguments)
                                         : action == "remove" ? remove(services, org_id, arguments)
                                         : action == "list"   ? list(services, org_id)
                                                              : call(services, org_id, arguments);
  co_return co_await std::move(acting);
}

}  // namespace

mcp::Tool bridge_call(Services& services) {
  return {"comms_bridge_call", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
