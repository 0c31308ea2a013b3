#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace commsd::config {

/// The keys ("server.listen", "providers.database") whose values differ between what the server
/// was started with and a later configuration, and which only a restart takes over. Everything
/// but providers, overrides, plugins, secrets, egress, logging and the folders of rules is read
/// once, at the start; so is the database, because every part holds it. Rising; names only, no
/// values.
std::vector<std::string> keys_for_restart(const Config& started_with, const Config& changed);

}  // namespace commsd::config
