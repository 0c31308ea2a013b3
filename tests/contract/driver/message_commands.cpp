#include <memory>
#include <utility>

#include "base/digest.h"
#include "command.h"

namespace commsd::contract {
namespace {

using plugin::ChannelKind;

plugin::OutboundMessage outbound(ChannelKind channel, const Command& command) {
  plugin::OutboundMessage message;
  message.channel = channel;
  message.from = command.text("from");
  message.to = command.text("to");
  message.subject = command.text("subject");
  message.text = command.text("text");
  message.html = command.text("html");
  message.reply_to = command.text("replyTo");
  message.template_id = command.text("templateId");
  message.language = command.text("language");
  message.template_variables = command.pairs("templateVariables");
  message.headers = command.pairs("headers");
  message.status_url = command.text("statusUrl");
  message.client_reference = command.text("clientReference");
  message.idempotency_key = command.text("idempotencyKey");
  if (const auto media = command.root().get("mediaUrls")) {
    media->each([&](JsonValue url) { message.media_urls.emplace_back(url.string().value_or("")); });
  }
  if (const auto attachments = command.root().get("attachments")) {
    attachments->each([&](JsonValue one) {
      const Command file(one);
      message.attachments.push_back(
          {file.text("filename"), file.text("contentType"), file.bytes("bytesBase64")});
    });
  }
  return message;
}

plugin::LookUp look_up(const Command& command) {
  plugin::LookUp what;
  what.vendor_id = command.text("vendorId");
  what.client_reference = command.text("clientReference");
  what.from = command.text("from");
  what.to = command.text("to");
  what.text = command.text("text");
  what.not_before = command.number("notBefore");
  what.not_after = command.number("notAfter");
  return what;
}

Answer receipt(Result<plugin::Receipt> given) {
  if (!given) return fail(given.error());
  JsonWriter out;
  out.begin_object();
  write_receipt(out, *given);
  return out.end_object().take();
}

Answer run_webhook(plugin::MessageProvider& provider, const std::string& op,
                   const Command& command) {
  const plugin::WebhookRequest request = webhook_request(command);
  JsonWriter out;
  out.begin_object();
  if (op == "verify_webhook") {
    if (const Result<void> verified = provider.verify_webhook(request); !verified) {
      return fail(verified.error());
    }
  } else if (op == "parse_webhook") {
    const auto events = provider.parse_webhook(request);
    if (!events) return fail(events.error());
    out.key("events").begin_array();
    for (const plugin::ProviderEvent& event : *events) write_event(out, event);
    out.end_array();
  } else {
    const plugin::WebhookReply reply =
        provider.webhook_reply(request, plugin::EventKind::message_received);
    out.field("status", reply.status).field("contentType", reply.content_type);
    out.field("body", reply.body);
  }
  return out.end_object().take();
}

Answer run_any(plugin::MessageProvider& provider, ChannelKind channel, Stage& stage,
               const std::string& op, const Command& command) {
  if (op == "send") {
    return receipt(stage.executor.run(provider.send(outbound(channel, command), command.limit())));
  }
  if (op == "find") {
    return receipt(stage.executor.run(provider.find(look_up(command), command.limit())));
  }
  if (op == "fetch_inbound") {
    const auto event =
        stage.executor.run(provider.fetch_inbound(command.text("vendorId"), command.limit()));
    if (!event) return fail(event.error());
    JsonWriter out;
    out.begin_object().key("event");
    write_event(out, *event);
    return out.end_object().take();
  }
  if (op == "fetch_media") {
    const auto media =
        stage.executor.run(provider.fetch_media(command.text("mediaUrl"), command.limit()));
    if (!media) return fail(media.error());
    JsonWriter out;
    out.begin_object().field("contentType", media->content_type);
    out.field("bytesBase64", base64_encode(media->bytes));
    return out.end_object().take();
  }
  if (op == "verify_webhook" || op == "parse_webhook" || op == "webhook_reply") {
    return run_webhook(provider, op, command);
  }
  if (op == "describe") {
    JsonWriter out;
    out.begin_object().field("name", provider.name()).field("sandbox", provider.is_sandbox());
    out.field("idempotencyKey", provider.has_idempotency_key());
    out.field("lookUp", provider.can_look_up()).field("media", provider.can_fetch_media());
    return out.end_object().take();
  }
  return no_such_op(op);
}

Answer run_email(plugin::EmailProvider& provider, Stage& stage, const Command& command) {
  const auto state =
      stage.executor.run(provider.verify_domain(command.text("domain"), command.limit()));
  if (!state) return fail(state.error());
  JsonWriter out;
  out.begin_object().field("status", state->status).key("records").begin_array();
  for (const plugin::DomainRecord& record : state->records) {
    out.begin_object().field("type", record.type).field("name", record.name);
    out.field("value", record.value).end_object();
  }
  return out.end_array().end_object().take();
}

Answer missing(const std::string& slot) {
  return fail(ErrorCode::unavailable, "no provider in the slot '" + slot + "': see its state");
}

}  // namespace

Answer run_message_command(Stage& stage, const std::string& slot, const std::string& op,
                           const Command& command) {
  if (slot == "email") {
    const std::shared_ptr<plugin::EmailProvider> provider = stage.manager.email({});
    if (!provider) return missing(slot);
    if (op == "verify_domain") return run_email(*provider, stage, command);
    return run_any(*provider, ChannelKind::email, stage, op, command);
  }
  if (slot == "whatsapp") {
    const std::shared_ptr<plugin::WhatsappProvider> provider = stage.manager.whatsapp({});
    if (!provider) return missing(slot);
    if (op == "register_sender") {
      return receipt(stage.executor.run(provider->register_sender(
          command.text("number"), command.text("displayName"), command.limit())));
    }
    return run_any(*provider, ChannelKind::whatsapp, stage, op, command);
  }
  const std::shared_ptr<plugin::TelephonyProvider> provider = stage.manager.telephony({});
  if (!provider) return missing(slot);
  if (op.ends_with("_number") || op.ends_with("_account")) {
    return run_number_command(*provider, stage, op, command);
  }
  if (op.ends_with("_call") || op == "render") {
    return run_call_command(*provider, stage, op, command);
  }
  return run_any(*provider, ChannelKind::sms, stage, op, command);
}

}  // namespace commsd::contract
