#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_writer.h"
#include "messaging/routes.h"

namespace commsd::tools {

/// The argument `routeDuplication`: what is wanted, by name. Empty when it is not given.
messaging::Routes::Wanted routes_argument(const JsonValue& arguments);

/// "routeDuplication":{"smsMirror":"+1...",...}, without what there is no route for.
void write_routes(JsonWriter& out, const std::vector<store::Route>& routes);

}  // namespace commsd::tools
