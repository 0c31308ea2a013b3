#include "base/digest.h"
#include "messaging/message_state.h"
#include "tools/call_arguments.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  messaging::CodeRequest request;
  request.org_id = scope->org_id;
  request.agent_id = scope->agent_id;
  const std::string channel = text_argument(arguments, "channel");
  request.channel = plugin::parse_channel(channel).value_or(plugin::ChannelKind::sms);
  request.to = text_argument(arguments, "to");
  request.purpose = text_argument(arguments, "purpose");
  request.time_zone = zone_argument(arguments);
  request.idempotency_key = text_argument(arguments, "idempotencyKey");
  request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  Task<Result<messaging::CodeSent>> sending = services->codes.send(std::move(request));
  Result<messaging::CodeSent> sent = co_await std::move(sending);
  if (!sent) co_return fail(sent.error());
  const store::Message& message = sent->outcome.message;
  const auto state = messaging::parse_message_state(message.state);
  const bool failed = state == messaging::MessageState::failed;
  JsonWriter out;
  out.begin_object().field("success", !failed).field("codeId", sent->code_id);
  out.field("messageId", message.id).field("expiresIn", "5 minutes");
  out.field("channel", channel).field("to", message.to_address);
  out.field("status", state && !messaging::is_settled(*state) ? "queued" : message.state);
  if (failed) {
    out.key("error").begin_object().field("code", message.error_code);
    out.field("message", message.failure_reason).field("remedy", message.failure_remedy);
    out.end_object();
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), failed, {}};
}

}  // namespace

mcp::Tool send_otp(Services& services) {
  return {"comms_send_otp", everybody, [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
