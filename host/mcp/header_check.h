#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "mcp/header_parameters.h"

namespace commsd::mcp {

/// The first value of the request header of that name, in any case.
using HeaderLookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// Whether each Mcp-Param-* header says what the arguments say (2026-07-28, streamable-http,
/// "Server Behavior for Custom Headers"). What is wrong with the first that does not; "" when all
/// do.
std::string check_header_parameters(const std::vector<HeaderParameter>& parameters,
                                    JsonValue arguments, const HeaderLookup& header);

}  // namespace commsd::mcp
