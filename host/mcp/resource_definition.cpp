#include "mcp/resource_definition.h"

#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "mcp/definition_parts.h"

namespace commsd::mcp {

Result<ResourceDefinition> ResourceDefinition::parse(std::string_view json) {
  Result<JsonDocument> document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  const JsonValue root = document->root();
  const auto name = root.string("name");
  if (!name || !is_definition_name(*name, 64)) {
    return fail(
        ErrorCode::invalid_argument,
        "a resource definition needs a 'name' of at most 64 letters, digits and underscores");
  }
  const auto fault = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the definition of resource '" + std::string(*name) + "': " + what);
  };
  for (const char* member : {"title", "description", "mimeType"}) {
    if (!root.string(member)) return fault("'" + std::string(member) + "' must be a string");
  }
  if (const auto icons = check_icons(root); !icons) return fault(icons.error().message);
  if (const auto annotations = check_resource_annotations(root); !annotations) {
    return fault(annotations.error().message);
  }
  if (root.get("size") && root.integer("size").value_or(-1) < 0) {
    return fault("'size' must be a number of bytes");
  }

  ResourceDefinition made;
  made.name = *name;
  made.mime_type = *root.string("mimeType");
  if (root.get("scope") && !root.string("scope")) return fault("'scope' must be a string");
  made.scope = root.string("scope").value_or("");
  const auto uri = root.string("uri");
  const auto uri_template = root.string("uriTemplate");
  if (uri.has_value() == uri_template.has_value()) {
    return fault("it needs either 'uri' or 'uriTemplate'");
  }
  if (uri) {
    if (uri->find(':') == std::string_view::npos || has_control_character(*uri)) {
      return fault("'uri' must begin with a scheme");
    }
    made.uri = *uri;
  } else {
    Result<UriTemplate> parsed = UriTemplate::parse(*uri_template);
    if (!parsed) return fault(parsed.error().message);
    made.uri_template = std::move(*parsed);
  }

  JsonWriter listing;
  listing.begin_object();
  copy_member(listing, root, uri ? "uri" : "uriTemplate");
  for (const char* member : {"name", "title", "description", "mimeType", "annotations", "icons"}) {
    copy_member(listing, root, member);
  }
  if (uri) copy_member(listing, root, "size");
  made.listing = listing.end_object().take();

  JsonWriter common;
  common.begin_object();
  for (const char* member : {"name", "mimeType", "annotations", "icons"}) {
    copy_member(common, root, member);
  }
  made.common_json = common.end_object().take();
  made.common_json = made.common_json.substr(1, made.common_json.size() - 2);
  return made;
}

}  // namespace commsd::mcp
