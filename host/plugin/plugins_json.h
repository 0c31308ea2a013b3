#pragma once

#include <string>

#include "plugin/provider_manager.h"

namespace commsd::plugin {

/// What operators are shown of all plugins, on every wire:
/// {"plugins":[{"name","slot","role","scope","id","version","status","reason","generation",
/// "standby","file","sha256","trust","signer","egress":[],"slots":[],"slowCalls"}],"safeMode",
/// "mapped","retired","restartAdvised":[]}.
std::string plugins_json(const ProviderManager& manager);

}  // namespace commsd::plugin
