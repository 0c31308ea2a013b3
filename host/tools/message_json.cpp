#include "tools/message_json.h"

#include "base/json_writer.h"
#include "tools/agent_scope.h"
#include "tools/resource_uris.h"

namespace commsd::tools {

std::string message_json(const messaging::Threads& threads,
                         const messaging::MessageHistory::View& view) {
  const store::Message& message = view.message;
  JsonWriter out;
  out.begin_object().key("message").begin_object();
  out.field("id", message.id).field("agentId", message.agent_id);
  out.field("channel", message.channel).field("direction", "outbound");
  out.field("from", message.from_address).field("to", message.to_address);
  out.field("status", message.state).field("provider", message.provider);
  out.key("externalId");
  message.vendor_id.empty() ? out.null() : out.value(message.vendor_id);
  out.field("attempts", message.attempts);
  if (message.cost_currency.empty()) {
    out.key("cost").null().key("currency").null();
  } else {
    out.field("cost", static_cast<double>(message.cost_micros) / 1e6);
    out.field("currency", message.cost_currency);
  }
  out.field("thread", thread_uri(threads, message.org_id, message.agent_id, message.to_address));
  out.field("createdAt", iso_time(message.created_at));
  out.field("updatedAt", iso_time(message.updated_at)).end_object();

  out.key("timeline").begin_array();
  for (const store::TimelineEntry& entry : view.timeline) {
    out.begin_object().field("at", iso_time(entry.at)).field("state", entry.state);
    out.field("detail", entry.detail).end_object();
  }
  out.end_array().key("failure");
  if (view.failure) {
    out.begin_object().field("code", view.failure->code).field("why", view.failure->why);
    out.field("whatToDo", view.failure->what_to_do);
    out.field("vendorCode", view.failure->vendor_code).end_object();
  } else {
    out.null();
  }
  return out.end_object().take();
}

void write_item(JsonWriter& out, const messaging::Threads& threads, const store::InboxItem& item) {
  out.begin_object().field("id", item.id).field("agentId", item.agent_id);
  out.field("channel", item.channel).field("direction", "inbound");
  out.field("from", item.from_address).field("to", item.to_address);
  out.field("subject", item.subject).field("body", item.body).field("html", item.html);
  out.raw_field("media", item.media_json.empty() ? "[]" : item.media_json);
  out.field("externalId", item.vendor_id).field("createdAt", iso_time(item.received_at));
  out.field("thread", thread_uri(threads, item.org_id, item.agent_id, item.from_address));
  out.field("cursor", std::to_string(item.sequence)).end_object();
}

}  // namespace commsd::tools
