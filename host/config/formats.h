#pragma once

#include <string_view>

namespace commsd::config {

/// What `format` in a JSON Schema asks of a text. `description` completes "allowed: ...".
struct Format {
  std::string_view name;
  std::string_view description;
  bool (*matches)(std::string_view text);
};

/// Null for formats that only tell a form how to look ("password").
const Format* find_format(std::string_view name);

}  // namespace commsd::config
