#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/uri_template.h"

namespace commsd::mcp {

/// What schema/resources/NAME.json says of a resource:
///
///     {"name", "title", "description", "uri" or "uriTemplate", "mimeType", "size",
///      "annotations": {"audience", "priority"}, "icons": [...], "scope": "comms:read"}
///
/// name, title, description, mimeType and one of uri and uriTemplate are required. A token that is
/// limited to scopes and lacks this one does not find the resource; clients are not shown it.
struct ResourceDefinition {
  std::string name;
  std::string uri;  // "" when there is a template
  std::optional<UriTemplate> uri_template;
  std::string mime_type;
  std::string scope;        // "" = none is needed
  std::string listing;      // the Resource or ResourceTemplate object of the lists
  std::string common_json;  // the members, without braces, that a listed one of a template repeats

  /// invalid_argument that names the resource and what is wrong with its file.
  static Result<ResourceDefinition> parse(std::string_view json);
};

}  // namespace commsd::mcp
