#include "tools/resource_uris.h"

#include "base/text.h"

namespace commsd::tools {

std::string inbox_uri(std::string_view agent_id) {
  return "comms://agents/" + percent_encode(agent_id) + "/inbox";
}

std::string channels_uri(std::string_view agent_id) {
  return "comms://agents/" + percent_encode(agent_id) + "/channels";
}

std::string message_uri(std::string_view message_id) {
  return "comms://messages/" + percent_encode(message_id);
}

std::string call_uri(std::string_view call_id) {
  return "comms://calls/" + percent_encode(call_id);
}

std::string thread_uri(const messaging::Threads& threads, std::string_view org_id,
                       std::string_view agent_id, std::string_view name) {
  if (name.empty()) return {};
  return "comms://threads/" + percent_encode(agent_id) + '/' +
         threads.contacts().seal(org_id, name);
}

}  // namespace commsd::tools
