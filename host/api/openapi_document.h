#pragma once

#include <string>

#include "mcp/tool_registry.h"

namespace commsd::api {

/// The OpenAPI 3.1.0 document of /api/v1: schema/openapi/base.json with an operation for every tool
/// that has a place on REST, made of the same schemas that the calls are checked by.
std::string openapi_document(const mcp::ToolRegistry& registry, const std::string& public_url,
                             const std::string& version);

/// Arguments of the tool that are valid, as a JSON object: for the documentation.
std::string example_arguments(const mcp::ToolDefinition& definition);

}  // namespace commsd::api
