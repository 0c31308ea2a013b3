#include "tools/callback_json.h"

#include "base/iso_time.h"
#include "base/json_writer.h"

namespace commsd::tools {

namespace {

void write_moment(JsonWriter& out, std::string_view name, const std::optional<UnixMillis>& at) {
  out.key(name);
  at ? out.value(iso_time(*at)) : out.null();
}

void write_delivery(JsonWriter& out, const store::CallbackDelivery& delivery) {
  out.begin_object().field("id", delivery.id).field("event", delivery.event);
  out.field("about", delivery.subject_id).field("state", delivery.state);
  out.field("attempts", delivery.attempts).field("lastStatus", delivery.last_status);
  out.field("lastError", delivery.last_error);
  write_moment(out, "nextAttemptAt", delivery.next_attempt_at);
  out.field("createdAt", iso_time(delivery.created_at)).end_object();
}

}  // namespace

std::string callback_json(const std::string& agent_id,
                          const messaging::CallbackEndpoints::View& view,
                          const std::vector<store::CallbackDelivery>& deliveries,
                          const std::string& secret) {
  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", agent_id);
  if (view.endpoint) {
    const store::CallbackEndpoint& endpoint = *view.endpoint;
    out.field("url", endpoint.url).field("status", endpoint.status);
    write_moment(out, "failingSince", endpoint.failing_since);
    write_moment(out, "disabledAt", endpoint.disabled_at);
    write_moment(out, "lastSuccessAt", endpoint.last_success_at);
    out.field("lastError", endpoint.last_error);
  } else {
    out.key("url").null().field("status", "none");
  }
  if (!secret.empty()) out.field("secret", secret);
  for (const char* state : {"waiting", "delivered", "dead"}) {
    const auto count = view.deliveries.find(state);
    out.field(state, count == view.deliveries.end() ? 0 : count->second);
  }
  out.key("deliveries").begin_array();
  for (const store::CallbackDelivery& delivery : deliveries) write_delivery(out, delivery);
  return out.end_array().end_object().take();
}

}  // namespace commsd::tools
