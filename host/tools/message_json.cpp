#include "tools/message_json.h"

#include "base/json.h"
#include "base/json_writer.h"
#include "tools/agent_scope.h"
#include "tools/resource_uris.h"

namespace commsd::tools {

namespace {

/// The first file of an item, where those who know one file per message look.
std::string first_media(const std::string& media_json) {
  std::string url;
  const auto media = JsonDocument::parse(media_json);
  if (!media) return url;
  media->root().each([&url](JsonValue file) {
    if (url.empty()) url = file.string("url").value_or("");
  });
  return url;
}

/// The agent that wrote, of an item that another agent of the organization sent.
std::string sending_agent(const std::string& extra_json) {
  const auto extra = JsonDocument::parse(extra_json);
  return extra ? std::string(extra->root().string("from_agent").value_or("")) : std::string();
}

/// What was to be sent: who and where; the words only while the server keeps them.
void write_request(JsonWriter& out, const store::InboxItem& item) {
  out.key("originalRequest").begin_object().field("messageId", item.message_id);
  out.field("channel", item.channel).field("to", item.to_address);
  if (const auto content = JsonDocument::parse(item.original_content)) {
    for (const auto& [stored, shown] :
         {std::pair("subject", "subject"), std::pair("text", "body"), std::pair("html", "html")}) {
      if (const auto text = content->root().string(stored)) out.field(shown, *text);
    }
  }
  out.end_object();
}

}  // namespace

void write_content(JsonWriter& out, const std::optional<std::string>& content) {
  const auto stored = content ? JsonDocument::parse(*content) : fail(ErrorCode::not_found, "");
  if (!stored) return;
  out.key("content").begin_object();
  // What messages and calls are stored as, and what callers know it by.
  for (const auto& [name, shown] :
       {std::pair("subject", "subject"), std::pair("text", "body"), std::pair("html", "html"),
        std::pair("words", "body"), std::pair("template_id", "templateId")}) {
    const auto text = stored->root().string(name);
    if (text && !text->empty()) out.field(shown, *text);
  }
  const auto media = stored->root().get("media");
  if (media && media->size() > 0) out.raw_field("mediaUrls", media->to_string());
  out.end_object();
}

std::string message_json(const messaging::Threads& threads,
                         const messaging::MessageHistory::View& view,
                         const std::optional<std::string>& content) {
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
  out.field("thread", thread_uri(threads, message.org_id, message.agent_id, view.thread));
  out.field("threadId", threads.contacts().seal(message.org_id, view.thread));
  if (!message.copy_of.empty()) out.field("copyOf", message.copy_of);
  if (message.state == "scheduled" && message.next_attempt_at) {
    out.field("sendAt", iso_time(*message.next_attempt_at));
  }
  out.field("createdAt", iso_time(message.created_at));
  out.field("updatedAt", iso_time(message.updated_at)).end_object();

  write_timeline(out, view.timeline);
  out.key("failure");
  if (view.failure) {
    out.begin_object().field("code", view.failure->code).field("why", view.failure->why);
    out.field("whatToDo", view.failure->what_to_do);
    out.field("vendorCode", view.failure->vendor_code).end_object();
  } else {
    out.null();
  }
  write_content(out, content);
  return out.end_object().take();
}

std::string received_json(const messaging::Threads& threads,
                          const messaging::MessageHistory::Item& view) {
  const store::InboxItem& item = view.item;
  JsonWriter out;
  out.begin_object().key("message").begin_object();
  out.field("id", item.id).field("agentId", item.agent_id).field("channel", item.channel);
  out.field("direction", "inbound").field("from", item.from_address).field("to", item.to_address);
  out.field("status", item.acknowledged_at ? "acknowledged" : "waiting");
  out.field("provider", item.provider).field("externalId", item.vendor_id);
  out.field("thread", thread_uri(threads, item.org_id, item.agent_id, view.thread));
  out.field("threadId", threads.contacts().seal(item.org_id, view.thread));
  out.field("createdAt", iso_time(item.received_at)).end_object();
  write_timeline(out, view.timeline);
  return out.key("failure").null().end_object().take();
}

void write_timeline(JsonWriter& out, const std::vector<store::TimelineEntry>& timeline) {
  out.key("timeline").begin_array();
  for (const store::TimelineEntry& entry : timeline) {
    out.begin_object().field("at", iso_time(entry.at)).field("state", entry.state);
    out.field("detail", entry.detail).end_object();
  }
  out.end_array();
}

void write_item(JsonWriter& out, const Services& services, const store::InboxItem& item,
                bool with_links) {
  const messaging::Threads& threads = services.threads;
  const bool linked = with_links && services.media;
  const std::string files = linked ? services.media->shown(item) : item.media_json;
  const std::string media = first_media(files);
  out.begin_object().field("id", item.id).field("agentId", item.agent_id);
  out.field("channel", item.channel);
  out.field("direction", item.outbound ? "outbound" : "inbound").key("reason");
  item.reason.empty() ? out.null() : out.value(item.reason);
  out.field("from", item.from_address).field("to", item.to_address);
  out.field("subject", item.subject).field("body", item.body).field("html", item.html);
  out.key("mediaUrl");
  media.empty() ? out.null() : out.value(media);
  out.raw_field("media", files.empty() ? "[]" : files);
  if (item.outbound) {
    write_request(out, item);
  } else {
    out.key("originalRequest").null();
    const std::string agent = sending_agent(item.extra_json);
    if (!agent.empty()) out.field("fromAgentId", agent);
  }
  out.key("errorDetails");
  item.error_details.empty() ? out.null() : out.value(item.error_details);
  out.field("externalId", item.vendor_id).field("createdAt", iso_time(item.received_at));
  out.field("thread", thread_uri(threads, item.org_id, item.agent_id, item.thread));
  if (!item.thread.empty()) {
    out.field("threadId", threads.contacts().seal(item.org_id, item.thread));
  }
  out.field("cursor", std::to_string(item.sequence)).end_object();
}

}  // namespace commsd::tools
