#pragma once

#include <string_view>

namespace turso_plugin {

/// Whether the statement only reads: SELECT or VALUES, also behind WITH.
bool only_reads(std::string_view sql);

}  // namespace turso_plugin
