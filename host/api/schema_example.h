#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace commsd::api {

/// A value that satisfies a schema of the subset that tools use, as JSON: its own example, default
/// or first choice where it has one. For the documentation. `needed_only` leaves out members that
/// are not required.
std::string schema_example(JsonValue schema, bool needed_only, std::string_view name = {});

}  // namespace commsd::api
