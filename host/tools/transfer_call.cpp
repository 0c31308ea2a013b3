#include "base/digest.h"
#include "tools/call_arguments.h"
#include "voice/call_state.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  voice::TransferRequest request;
  request.org_id = scope->org_id;
  request.agent_id = scope->agent_id;
  request.call_id = text_argument(arguments, "callSid");
  request.to = text_argument(arguments, "to");
  request.announce = text_argument(arguments, "announcementText");
  request.message_class = class_argument(arguments);
  request.time_zone = zone_argument(arguments);
  request.idempotency_key = text_argument(arguments, "idempotencyKey");
  if (!request.idempotency_key.empty()) {
    request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  }
  const std::string call_id = request.call_id;
  Task<Result<voice::CallOutcome>> transferring = services->calls.transfer(std::move(request));
  Result<voice::CallOutcome> outcome = co_await std::move(transferring);
  if (!outcome) co_return fail(outcome.error());
  const store::Call& leg = outcome->call;
  const bool failed = leg.state == to_string(voice::CallState::failed);
  const bool unknown = leg.state == to_string(voice::CallState::unknown);
  JsonWriter out;
  out.begin_object().field("success", !failed).field("logId", leg.id).field("callSid", call_id);
  out.field("transferredTo", leg.to_address);
  out.field("status", failed || unknown ? leg.state : "transferred");
  out.field("deduplicated", outcome->deduplicated);
  if (failed || unknown) {
    out.key("error").begin_object().field("code", leg.error_code);
    out.field("message", leg.failure_reason).field("remedy", leg.failure_remedy);
    out.field("vendorCode", leg.vendor_code).end_object();
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), failed, {}};
}

}  // namespace

mcp::Tool transfer_call(Services& services) {
  return {"comms_transfer_call", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
