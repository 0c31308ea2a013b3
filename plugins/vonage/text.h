#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vonage {

/// Unix time as the queries of the API take it, "2025-02-03T12:14:25Z".
std::string iso8601(std::int64_t unix_ms);

}  // namespace vonage
