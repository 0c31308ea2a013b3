#include "tools/agent_scope.h"
#include "tools/completions.h"
#include "tools/resources.h"

namespace commsd::tools {

void register_resources(mcp::ResourceRegistry& registry, Services& services) {
  registry.add(agent_inbox(services));
  registry.add(agent_channels(services));
  registry.add(message(services));
  registry.add(call(services));
  registry.add(thread(services));
}

void register_prompts(mcp::PromptRegistry& registry, Services& services) {
  for (const char* name : {"compose_message", "follow_up", "summarise_waiting_messages"}) {
    registry.add({name, everybody, nullptr, completer(services)});
  }
}

}  // namespace commsd::tools
