#include "command.h"

#include <utility>

#include "base/digest.h"

namespace commsd::contract {

std::string Command::bytes(std::string_view key) const {
  return base64_decode(text(key)).value_or("");
}

plugin::KeyValues Command::pairs(std::string_view key) const {
  plugin::KeyValues pairs;
  const std::optional<JsonValue> given = root_.get(key);
  if (!given) return pairs;
  given->each_member([&](std::string_view name, JsonValue value) {
    pairs.emplace_back(std::string(name), std::string(value.string().value_or("")));
  });
  given->each([&](JsonValue pair) {
    std::vector<std::string> parts;
    pair.each([&](JsonValue part) { parts.emplace_back(part.string().value_or("")); });
    if (parts.size() == 2) pairs.emplace_back(parts[0], parts[1]);
  });
  return pairs;
}

plugin::WebhookRequest webhook_request(const Command& command) {
  plugin::WebhookRequest request;
  request.method = command.text("method");
  request.url = command.text("url");
  request.remote_address = "192.0.2.1";
  request.headers = command.pairs("headers");
  request.body = command.bytes("bodyBase64");
  return request;
}

void write_pairs(JsonWriter& out, std::string_view key, const plugin::KeyValues& pairs) {
  out.key(key).begin_array();
  for (const auto& [name, value] : pairs) {
    out.begin_array().value(name).value(value).end_array();
  }
  out.end_array();
}

void write_receipt(JsonWriter& out, const plugin::Receipt& receipt) {
  out.field("vendorId", receipt.vendor_id).field("status", receipt.status);
  out.field("costMicros", receipt.cost_micros).field("currency", receipt.currency);
}

namespace {

std::string_view to_string(plugin::EventKind kind) {
  switch (kind) {
    case plugin::EventKind::message_received:
      return "message_received";
    case plugin::EventKind::message_status:
      return "message_status";
    case plugin::EventKind::call_received:
      return "call_received";
    case plugin::EventKind::call_status:
      return "call_status";
    case plugin::EventKind::digits_received:
      return "digits_received";
    case plugin::EventKind::recording_ready:
      return "recording_ready";
  }
  return "";
}

}  // namespace

void write_event(JsonWriter& out, const plugin::ProviderEvent& event) {
  out.begin_object().field("kind", to_string(event.kind)).field("eventId", event.event_id);
  out.field("vendorId", event.vendor_id).field("clientReference", event.client_reference);
  out.field("from", event.from).field("to", event.to).field("subject", event.subject);
  out.field("text", event.text).field("html", event.html).field("status", event.status);
  out.field("errorCode", event.error_code).field("costMicros", event.cost_micros);
  out.field("currency", event.currency).key("media").begin_array();
  for (const plugin::MediaReference& media : event.media) {
    out.begin_object().field("url", media.url).field("contentType", media.content_type);
    out.field("filename", media.filename).field("size", media.size);
    out.field("bytesBase64", base64_encode(media.bytes)).end_object();
  }
  out.end_array();
  write_pairs(out, "extra", event.extra);
  out.field("needsFetch", event.needs_fetch).field("occurredAt", event.occurred_at).end_object();
}

}  // namespace commsd::contract
