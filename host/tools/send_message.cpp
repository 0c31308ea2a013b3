#include "base/digest.h"
#include "messaging/message_state.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Result<std::vector<plugin::Attachment>> attachments_of(const JsonValue& arguments) {
  std::vector<plugin::Attachment> attachments;
  const auto list = arguments.get("attachments");
  if (!list) return attachments;
  bool valid = true;
  list->each([&](JsonValue item) {
    auto bytes = base64_decode(item.string("contentBase64").value_or(""));
    if (!bytes) {
      valid = false;
      return;
    }
    attachments.push_back(
        {text_argument(item, "filename"), text_argument(item, "contentType"), std::move(*bytes)});
  });
  if (!valid) {
    return fail(ErrorCode::invalid_argument,
                "'attachments': 'contentBase64' is not base64 (RFC 4648, with padding)");
  }
  return attachments;
}

Result<plugin::OutboundMessage> content_of(const JsonValue& arguments) {
  plugin::OutboundMessage content;
  const auto channel = plugin::parse_channel(arguments.string("channel").value_or("sms"));
  if (!channel || *channel == plugin::ChannelKind::voice) {
    return fail(ErrorCode::invalid_argument, "'channel' must be sms, whatsapp or email");
  }
  content.channel = *channel;
  content.to = text_argument(arguments, "to");
  content.text = text_argument(arguments, "body");
  content.subject = text_argument(arguments, "subject");
  content.html = text_argument(arguments, "html");
  content.reply_to = text_argument(arguments, "replyTo");
  content.template_id = text_argument(arguments, "templateId");
  content.language = text_argument(arguments, "language");
  content.message_class = text_argument(arguments, "messageClass");
  content.time_zone = text_argument(arguments, "timeZone");
  if (const auto variables = arguments.get("templateVars")) {
    variables->each_member([&](std::string_view name, JsonValue value) {
      content.template_variables.emplace_back(name, value.string().value_or(""));
    });
  }
  if (const auto media = arguments.get("mediaUrls")) {
    media->each([&](JsonValue url) { content.media_urls.emplace_back(url.string().value_or("")); });
  }
  auto attachments = attachments_of(arguments);
  if (!attachments) return fail(attachments.error());
  content.attachments = std::move(*attachments);
  return content;
}

/// The public word for a state: callers know queued, not our bookkeeping.
std::string_view public_status(std::string_view state) {
  const auto known = messaging::parse_message_state(state);
  if (known == messaging::MessageState::scheduled) return state;
  if (known && !messaging::is_settled(*known)) return "queued";
  return state;
}

mcp::ToolResult describe(const messaging::SendOutcome& outcome) {
  const store::Message& message = outcome.message;
  const bool failed = message.state == to_string(messaging::MessageState::failed);
  JsonWriter out;
  out.begin_object().field("success", !failed).field("messageId", message.id);
  out.key("externalId");
  message.vendor_id.empty() ? out.null() : out.value(message.vendor_id);
  out.field("status", public_status(message.state));
  if (message.cost_currency.empty()) {
    out.key("cost").null().key("currency").null();
  } else {
    out.field("cost", static_cast<double>(message.cost_micros) / 1e6);
    out.field("currency", message.cost_currency);
  }
  out.field("channel", message.channel).field("from", message.from_address);
  out.field("to", message.to_address);
  if (!outcome.subject.empty()) out.field("subject", outcome.subject);
  if (message.state == to_string(messaging::MessageState::scheduled) && message.next_attempt_at) {
    out.field("sendAt", iso_time(*message.next_attempt_at));
  }
  out.field("deduplicated", outcome.deduplicated);
  if (failed || message.state == to_string(messaging::MessageState::unknown)) {
    out.key("error").begin_object().field("code", message.error_code);
    out.field("message", message.failure_reason).field("remedy", message.failure_remedy);
    out.field("vendorCode", message.vendor_code).end_object();
  }
  out.end_object();
  return {out.take(), failed, {}};
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  Result<plugin::OutboundMessage> content = content_of(arguments);
  if (!content) co_return fail(content.error());

  messaging::SendRequest request;
  if (const auto send_at = arguments.string("sendAt")) {
    const auto moment = parse_iso_time(*send_at);
    if (!moment || *moment <= 0) {
      co_return fail(ErrorCode::invalid_argument,
                     "'sendAt' is no moment that exists; give one like 2026-12-01T09:00:00+01:00");
    }
    request.send_at = *moment;
  }
  request.org_id = scope->org_id;
  request.agent_id = scope->agent_id;
  request.in_reply_to = text_argument(arguments, "inReplyTo");
  request.idempotency_key = text_argument(arguments, "idempotencyKey");
  if (!request.idempotency_key.empty()) {
    request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  }
  const std::string subject = content->subject;
  request.content = std::move(*content);
  Result<messaging::SendOutcome> outcome = co_await services->outbound.send(std::move(request));
  if (!outcome) co_return fail(outcome.error());
  if (outcome->subject.empty()) outcome->subject = subject;
  co_return describe(*outcome);
}

}  // namespace

mcp::Tool send_message(Services& services) {
  return {"comms_send_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
