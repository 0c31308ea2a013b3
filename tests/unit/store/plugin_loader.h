#pragma once

#include <string>

#include "plugin/database_handle.h"

namespace commsd::store::test {

/// The database provider `name` from its .so, with these settings. Ends the test program when it
/// cannot be loaded or refuses them.
plugin::DatabaseHandle load_database_plugin(const std::string& name, const std::string& config);

/// What it refuses the settings with; "" when it takes them.
std::string refusal_of_database_plugin(const std::string& name, const std::string& config);

}  // namespace commsd::store::test
