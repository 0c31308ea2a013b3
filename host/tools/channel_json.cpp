#include "tools/channel_json.h"

#include <algorithm>
#include <string_view>

namespace commsd::tools {

namespace {

const store::Channel* find(const std::vector<store::Channel>& channels, std::string_view name) {
  const auto found = std::find_if(channels.begin(), channels.end(), [&](const auto& channel) {
    return channel.channel == name && channel.status != "released";
  });
  return found == channels.end() ? nullptr : &*found;
}

}  // namespace

void write_channels(JsonWriter& out, const std::vector<store::Channel>& channels) {
  out.key("channels").begin_object().key("phone");
  if (const store::Channel* sms = find(channels, "sms")) {
    // One of the pool is chosen for each message, so there is none to name.
    const bool shared = sms->provider == store::pooled_provider;
    out.begin_object().key("number");
    shared ? out.null() : out.value(sms->address);
    out.field("status", sms->status).end_object();
  } else {
    out.null();
  }
  out.key("whatsapp");
  if (const store::Channel* whatsapp = find(channels, "whatsapp")) {
    out.begin_object().field("number", whatsapp->address);
    out.field("senderSid", whatsapp->provider_ref).field("status", whatsapp->status).end_object();
  } else {
    out.null();
  }
  out.key("email");
  if (const store::Channel* email = find(channels, "email")) {
    out.begin_object().field("address", email->address);
    out.field("status", email->status).end_object();
  } else {
    out.null();
  }
  out.key("voiceAi");
  if (const store::Channel* voice = find(channels, "voice")) {
    out.begin_object().field("status", voice->status);
    out.field("usesPhoneNumber", true).end_object();
  } else {
    out.null();
  }
  out.end_object();
}

void write_pool(JsonWriter& out, const provisioning::Pool& pool) {
  out.key("pool").begin_object().field("maxAgents", pool.most_agents);
  out.field("activeAgents", pool.active_agents);
  out.field("slotsRemaining", std::max<std::int64_t>(pool.most_agents - pool.active_agents, 0));
  out.end_object();
}

}  // namespace commsd::tools
