#pragma once

#include "mcp/dispatcher.h"
#include "mcp/resource_registry.h"

namespace commsd::mcp {

/// Adds resources/list, resources/templates/list, resources/read and the capability. `registry` is
/// sealed and outlives the dispatcher.
void add_resource_methods(Dispatcher& dispatcher, const ResourceRegistry& registry);

}  // namespace commsd::mcp
