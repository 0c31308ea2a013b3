#pragma once

#include <string_view>

#include <comms/comms.h>

#include "base/result.h"
#include "plugin/manifest.h"

namespace commsd::plugin {

/// Compares what the code says with what the manifest said, because the manifest is what the
/// administrator agreed to and a copied one is an easy mistake. All errors are permission_denied
/// and name the first difference. [the calls are the plugin's: in the probe first]

/// Version, size and names of the table that the entry function returned.
Result<void> check_plugin_table(const comms_plugin* plugin, const Manifest& manifest);

/// The slots of an instance: exactly those of the manifest, each with the operations it lists.
Result<void> check_slots(const comms_plugin& plugin, void* self, const Manifest& manifest);

/// Whether `table` of that slot is long enough to hold `op` and offers it.
bool has_op(std::string_view slot_id, const void* table, std::string_view op);

}  // namespace commsd::plugin
