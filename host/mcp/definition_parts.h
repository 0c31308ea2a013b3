#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/result.h"

namespace commsd::mcp {

// What the definitions of tools, resources and prompts have in common. Faults name the member.

/// Letters, digits and '_', at most `longest`: what every client takes.
bool is_definition_name(std::string_view name, std::size_t longest);

/// `icons`, when there are any: a list of {"src", "mimeType", "sizes", "theme"}. A src is an https
/// or data URI: anything else would let a client be led astray (2025-11-25, basic, "Icons").
Result<void> check_icons(JsonValue definition);
/// `annotations` of a resource: {"audience": ["user" | "assistant"], "priority": 0..1,
/// "lastModified"}.
Result<void> check_resource_annotations(JsonValue definition);

/// Copies a member as it stands, if it is there.
void copy_member(JsonWriter& out, JsonValue definition, std::string_view name);

}  // namespace commsd::mcp
