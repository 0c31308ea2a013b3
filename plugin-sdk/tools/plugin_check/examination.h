#pragma once

#include "options.h"
#include "plugin_file.h"
#include "report.h"

namespace comms::check {

/// All tests of one plugin, in the order in which each needs what those before found out.
PluginReport examine(const std::string& path, const Options& options);

/// The names of the tests `examine` would run when every op asks its vendor something.
std::vector<std::string> test_names(const PluginFile& plugin);

}  // namespace comms::check
