#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commsd::mcp {

/// Where a tool stands below /api/v1: what the member `rest` of its definition says,
///
///     "rest": {"method": "POST", "path": "/send-message", "example": {"to": "+14155550100"}}
///
/// GET takes the arguments from the query, so its input schema may have no objects; POST takes a
/// JSON body. A segment ":agentId" of the path is that argument, which must be a string. `example`
/// is a set of valid arguments for the documentation, made up when left out.
struct RestRoute {
  std::string method;
  std::string path;
  std::string example;  // a JSON object, or ""

  /// The names of the arguments that stand in the path, in its order.
  std::vector<std::string> path_arguments() const;
  /// The same for every two routes that no request could tell apart.
  std::string key() const;

  /// From a whole tool definition; nothing when it has no `rest`. invalid_argument says what is
  /// wrong with it.
  static Result<std::optional<RestRoute>> parse(JsonValue definition);
};

}  // namespace commsd::mcp
