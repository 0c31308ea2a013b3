#pragma once

#include <memory>
#include <string>

#include "plugin/database_handle.h"

namespace commsd::store::test {

/// The database provider `name` from its .so, with these settings. Ends the test program when it
/// cannot be loaded or refuses them. Without a `host` it gets one that has no network.
plugin::DatabaseHandle load_database_plugin(const std::string& name, const std::string& config,
                                            std::shared_ptr<const comms_host> host = nullptr);

/// What it refuses the settings with; "" when it takes them.
std::string refusal_of_database_plugin(const std::string& name, const std::string& config);

}  // namespace commsd::store::test
