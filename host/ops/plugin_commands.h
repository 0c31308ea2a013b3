#pragma once

#include <functional>

#include "ops/control_registry.h"
#include "plugin/provider_manager.h"
#include "plugin/upload_codes.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::ops {

/// Everything outlives the control server.
struct PluginParts {
  store::Store& store;
  plugin::ProviderManager& providers;
  store::AuditLog& audit;
  std::function<void()> reload;  // reads the configuration again, soon and elsewhere
};

/// Adds, with their arguments (JSON members) and what they answer:
///
///     plugins.list          -> plugins_json()
///     plugins.enable  name  -> {"enabled":"com.acme.email"}; one in safe mode is tried again
///     plugins.upload_code   -> {"code":"..."}; good for one upload over the API
void add_plugin_commands(ControlRegistry& registry, PluginParts parts, plugin::UploadCodes& codes);

/// Lets a plugin be loaded again that was held back for its crashes, writes down who did it and has
/// the configuration read again. not_found: none of that name is held back.
Task<Result<std::string>> enable_plugin(PluginParts parts, std::string actor, std::string name);

}  // namespace commsd::ops
