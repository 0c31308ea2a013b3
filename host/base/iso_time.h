#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace commsd {

/// ISO 8601 in UTC: "2026-11-22T21:05:00.123Z".
std::string iso_time(UnixMillis at);

/// A moment of RFC 3339, with a zone ("Z" or an offset, which is what makes it a moment); digits
/// behind the millisecond are dropped. Empty for anything else, days that no month has included.
std::optional<UnixMillis> parse_iso_time(std::string_view text);

}  // namespace commsd
