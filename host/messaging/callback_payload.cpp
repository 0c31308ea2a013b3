#include "messaging/callback_payload.h"

#include "base/iso_time.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "messaging/limit_news.h"

namespace commsd::messaging {

namespace {

constexpr std::string_view state_prefix = "message.";

void begin(JsonWriter& out, const store::CallbackDelivery& delivery) {
  out.begin_object().field("type", delivery.event);
  out.field("timestamp", iso_time(delivery.created_at)).key("data").begin_object();
}

/// The first file stands beside the list, where those who know one file per message look.
void write_media(JsonWriter& out, const std::string& media_json) {
  const std::string_view json = media_json.empty() ? "[]" : std::string_view(media_json);
  std::string url;
  std::string type;
  if (const auto media = JsonDocument::parse(json)) {
    media->root().each([&](JsonValue file) {
      if (!url.empty()) return;
      url = file.string("url").value_or("");
      type = file.string("contentType").value_or("");
    });
  }
  out.key("mediaUrl");
  url.empty() ? out.null() : out.value(url);
  out.key("mediaType");
  type.empty() ? out.null() : out.value(type);
  out.raw_field("media", json);
}

}  // namespace

std::string_view item_event(const store::InboxItem& item) {
  if (item.reason == reason_limit_warning) return "limit.warning";
  if (item.reason == reason_limit_reached) return "limit.reached";
  return item.channel == "voice" ? "call.received" : "message.received";
}

std::string state_event(std::string_view state) {
  return std::string(state_prefix) + std::string(state);
}

std::string item_payload(const store::CallbackDelivery& delivery, const store::InboxItem& item,
                         const std::string& media_json, const ContactIds& contacts) {
  JsonWriter out;
  begin(out, delivery);
  if (item.channel == limit_channel) {
    const auto details = JsonDocument::parse(item.extra_json);
    out.field("id", item.id).field("agentId", item.agent_id).field("text", item.body);
    if (details) {
      details->root().each_member([&out](std::string_view name, JsonValue value) {
        out.raw_field(name, value.to_string());
      });
    }
    out.field("createdAt", iso_time(item.received_at));
    out.field("cursor", std::to_string(item.sequence)).end_object().end_object();
    return out.take();
  }
  out.field("id", item.id).field("agentId", item.agent_id).field("channel", item.channel);
  out.field("direction", "inbound").field("from", item.from_address).field("to", item.to_address);
  out.field("subject", item.subject).field("body", item.body).field("html", item.html);
  write_media(out, media_json);
  out.field("externalId", item.vendor_id).field("createdAt", iso_time(item.received_at));
  out.field("threadId", contacts.seal(item.org_id, item.thread));
  out.field("cursor", std::to_string(item.sequence)).end_object().end_object();
  return out.take();
}

std::string state_payload(const store::CallbackDelivery& delivery, const store::Message& message,
                          std::string_view thread, const ContactIds& contacts) {
  JsonWriter out;
  begin(out, delivery);
  out.field("messageId", message.id).field("agentId", message.agent_id);
  out.field("channel", message.channel).field("direction", "outbound");
  out.field("from", message.from_address).field("to", message.to_address);
  out.field("status", std::string_view(delivery.event).substr(state_prefix.size()));
  out.field("externalId", message.vendor_id).field("attempts", message.attempts).key("error");
  if (message.error_code.empty()) {
    out.null();
  } else {
    out.begin_object().field("code", message.error_code).field("message", message.failure_reason);
    out.field("remedy", message.failure_remedy).field("vendorCode", message.vendor_code);
    out.end_object();
  }
  out.field("threadId", contacts.seal(message.org_id, thread));
  out.end_object().end_object();
  return out.take();
}

}  // namespace commsd::messaging
