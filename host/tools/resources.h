#pragma once

#include "mcp/prompt_registry.h"
#include "mcp/resource_registry.h"
#include "tools/tools.h"

namespace commsd::tools {

// One file per resource. Texts, URI template and type of each are data: schema/resources/NAME.json.
mcp::Resource agent_inbox(Services& services);
mcp::Resource agent_channels(Services& services);
mcp::Resource message(Services& services);
mcp::Resource call(Services& services);
mcp::Resource thread(Services& services);

/// Adds every resource of the product.
void register_resources(mcp::ResourceRegistry& registry, Services& services);
/// Adds every prompt of the product; they are data: schema/prompts/NAME.json.
void register_prompts(mcp::PromptRegistry& registry, Services& services);

}  // namespace commsd::tools
