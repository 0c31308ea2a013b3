#include "tools/thread_json.h"

#include "base/iso_time.h"
#include "tools/resource_uris.h"

namespace commsd::tools {

std::string thread_json(const messaging::Threads& threads, const AgentScope& scope,
                        const messaging::Threads::View& view) {
  JsonWriter out;
  out.begin_object().field("agentId", scope.agent_id);
  out.field("threadId", threads.contacts().seal(scope.org_id, view.name));
  out.field("thread", thread_uri(threads, scope.org_id, scope.agent_id, view.name));
  out.field("contact", view.addresses.front()).key("addresses").begin_array();
  for (const std::string& address : view.addresses) out.value(address);
  out.end_array().key("entries").begin_array();
  for (const store::ThreadEntry& entry : view.entries) {
    out.begin_object().field("at", iso_time(entry.at));
    out.field("type", entry.is_call ? "call" : "message");
    out.field("direction", entry.inbound ? "inbound" : "outbound");
    out.field("channel", entry.channel).field("id", entry.id).field("status", entry.state);
    if (entry.is_call) {
      out.field("uri", call_uri(entry.id));
    } else if (!entry.inbound) {
      out.field("uri", message_uri(entry.id));
    }
    out.end_object();
  }
  out.end_array().key("next");
  view.next.empty() ? out.null() : out.value(view.next);
  return out.end_object().take();
}

}  // namespace commsd::tools
