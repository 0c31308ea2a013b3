#pragma once

#include <string_view>

#include "stream.h"

namespace turso_plugin {

/// Runs many statements in one transaction. Waits up to a minute for another process that does the
/// same. Throws comms::Error.
void run_script(Stream& stream, std::string_view sql);

}  // namespace turso_plugin
