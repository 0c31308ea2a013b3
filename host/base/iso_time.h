#pragma once

#include <string>

#include "base/clock.h"

namespace commsd {

/// ISO 8601 in UTC: "2026-11-22T21:05:00.123Z".
std::string iso_time(UnixMillis at);

}  // namespace commsd
