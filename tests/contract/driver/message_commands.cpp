#include <memory>
#include <utility>

#include "base/digest.h"
#include "command.h"
#include "plugin/whatsapp_provider.h"

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

void write(JsonWriter& out, const plugin::SenderState& sender) {
  out.begin_object().field("vendorId", sender.vendor_id).field("number", sender.number);
  out.field("status", sender.status).field("reason", sender.reason).end_object();
}

void write(JsonWriter& out, const plugin::MessageTemplate& one) {
  out.begin_object().field("vendorId", one.vendor_id).field("name", one.name);
  out.field("language", one.language).field("status", one.status);
  out.field("category", one.category).field("reason", one.reason).end_object();
}

template <typename Entry>
Answer written(const Result<Entry>& given) {
  if (!given) return fail(given.error());
  JsonWriter out;
  write(out, *given);
  return out.take();
}

template <typename Entry>
Answer written(const char* key, const Result<std::vector<Entry>>& given) {
  if (!given) return fail(given.error());
  JsonWriter out;
  out.begin_object().key(key).begin_array();
  for (const Entry& one : *given) write(out, one);
  return out.end_array().end_object().take();
}

Answer done(const Result<void>& given) {
  if (!given) return fail(given.error());
  return std::string("{}");
}

Answer run_sender_command(plugin::WhatsappProvider& provider, Stage& stage, const std::string& op,
                          const Command& command) {
  const std::string id = command.text("vendorId");
  if (op == "register_sender") {
    plugin::SenderRequest wanted{command.text("number"), command.text("displayName"),
                                 command.text("messageUrl")};
    return written(
        stage.executor.run(provider.register_sender(std::move(wanted), command.limit())));
  }
  if (op == "list_senders") {
    return written("senders", stage.executor.run(provider.list_senders(command.limit())));
  }
  if (op == "sender_status") {
    return written(stage.executor.run(provider.sender_status(id, command.limit())));
  }
  if (op == "remove_sender") {
    return done(stage.executor.run(provider.remove_sender(id, command.limit())));
  }
  return fail(ErrorCode::invalid_argument, "there is no operation '" + op + "'");
}

Answer run_template_command(plugin::WhatsappProvider& provider, Stage& stage, const std::string& op,
                            const Command& command) {
  if (op == "list_templates") {
    return written("templates", stage.executor.run(provider.list_templates(command.limit())));
  }
  if (op == "create_template") {
    plugin::NewTemplate wanted{command.text("name"), command.text("language"),
                               command.text("category"), command.text("body"),
                               command.pairs("samples")};
    return written(
        stage.executor.run(provider.create_template(std::move(wanted), command.limit())));
  }
  if (op == "remove_template") {
    return done(
        stage.executor.run(provider.remove_template(command.text("vendorId"), command.limit())));
  }
  return fail(ErrorCode::invalid_argument, "there is no operation '" + op + "'");
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
    out.begin_object();
    if (*event) write_event(out.key("event"), **event);
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
    if (op.ends_with("_sender") || op.ends_with("_senders") || op.starts_with("sender_")) {
      return run_sender_command(*provider, stage, op, command);
    }
    if (op.ends_with("_template") || op.ends_with("_templates")) {
      return run_template_command(*provider, stage, op, command);
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
