#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commsd::mcp {

/// An argument that a modern client repeats in the header Mcp-Param-<header>, so that proxies can
/// route by it: `"x-mcp-header": "Region"` in a property of the input schema (2026-07-28,
/// basic/transports/streamable-http, "Custom Headers from Tool Parameters").
struct HeaderParameter {
  enum class Type { string, integer, boolean };

  std::string header;             // "Region"; header names know no case
  std::vector<std::string> path;  // names of properties, from the outermost in
  Type type = Type::string;
};

/// Finds them all. invalid_argument, with the place, for a use that the specification or we forbid:
/// a name that is no header token or is there twice, a type other than integer, string or boolean,
/// a place that is not reached through `properties` alone, and an argument that is an address of a
/// person (formats e164 and email): headers end up in the logs of proxies.
Result<std::vector<HeaderParameter>> compile_header_parameters(JsonValue input_schema);

}  // namespace commsd::mcp
