#pragma once

#include "mcp/dispatcher.h"
#include "mcp/prompt_registry.h"
#include "mcp/resource_registry.h"

namespace commsd::mcp {

/// Adds prompts/list, prompts/get and the capability. `registry` is sealed and outlives the
/// dispatcher.
void add_prompt_methods(Dispatcher& dispatcher, const PromptRegistry& registry);

/// Adds completion/complete for the arguments of prompts and the variables of resource templates.
/// Both registries are sealed and outlive the dispatcher.
void add_completion_method(Dispatcher& dispatcher, const PromptRegistry& prompts,
                           const ResourceRegistry& resources);

}  // namespace commsd::mcp
