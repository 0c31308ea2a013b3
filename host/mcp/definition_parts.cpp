#include "mcp/definition_parts.h"

#include <algorithm>
#include <array>

namespace commsd::mcp {

namespace {

bool is_icon(JsonValue icon) {
  const auto source = icon.string("src");
  if (!source || !(source->starts_with("https://") || source->starts_with("data:image/"))) {
    return false;
  }
  if (icon.get("mimeType") && !icon.string("mimeType")) return false;
  const auto theme = icon.get("theme");
  if (theme && theme->string() != "light" && theme->string() != "dark") return false;
  bool valid = true;
  if (const auto sizes = icon.get("sizes")) {
    valid = sizes->is_array();
    sizes->each([&](JsonValue size) { valid = valid && size.is_string(); });
  }
  return valid;
}

}  // namespace

bool is_definition_name(std::string_view name, std::size_t longest) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), plain);
}

Result<void> check_icons(JsonValue definition) {
  const auto icons = definition.get("icons");
  if (!icons) return {};
  bool valid = icons->is_array();
  icons->each([&](JsonValue icon) { valid = valid && is_icon(icon); });
  if (valid) return {};
  return fail(ErrorCode::invalid_argument,
              "'icons' must be a list of {\"src\", \"mimeType\", \"sizes\", \"theme\"}, with an "
              "https or data:image URI as src");
}

Result<void> check_resource_annotations(JsonValue definition) {
  const auto annotations = definition.get("annotations");
  if (!annotations) return {};
  bool valid = annotations->is_object();
  annotations->each_member([&](std::string_view name, JsonValue value) {
    if (name == "audience") {
      valid = valid && value.is_array();
      value.each([&](JsonValue who) {
        valid = valid && (who.string() == "user" || who.string() == "assistant");
      });
    } else if (name == "priority") {
      const auto number = value.number();
      valid = valid && number && *number >= 0 && *number <= 1;
    } else {
      valid = valid && name == "lastModified" && value.is_string();
    }
  });
  if (valid) return {};
  return fail(ErrorCode::invalid_argument,
              "'annotations' may have 'audience' (user, assistant), 'priority' (0 to 1) and "
              "'lastModified'");
}

void copy_member(JsonWriter& out, JsonValue definition, std::string_view name) {
  if (const auto value = definition.get(name)) out.raw_field(name, value->to_string());
}

}  // namespace commsd::mcp
