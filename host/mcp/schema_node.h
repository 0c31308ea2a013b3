#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/schema_format.h"
#include "mcp/schema_validator.h"

namespace commsd::mcp {

enum TypeBit : unsigned {
  object_bit = 1,
  array_bit = 2,
  string_bit = 4,
  integer_bit = 8,
  number_bit = 16,
  boolean_bit = 32,
  null_bit = 64,
};

struct TypeName {
  std::string_view name;
  unsigned bits;
  std::string_view phrase;
};
inline constexpr std::array<TypeName, 7> type_names = {{
    {"object", object_bit, "an object"},
    {"array", array_bit, "an array"},
    {"string", string_bit, "a string"},
    {"integer", integer_bit, "an integer"},
    {"number", number_bit | integer_bit, "a number"},
    {"boolean", boolean_bit, "true or false"},
    {"null", null_bit, "null"},
}};

inline constexpr std::size_t max_properties = 64;  // one bit each while checking
inline constexpr std::size_t max_schema_depth = 16;

/// A schema as the checker walks it.
struct SchemaValidator::Node {
  struct Property {
    std::string name;
    std::unique_ptr<Node> schema;
    bool required = false;
  };

  unsigned types = 0;  // TypeBits; 0 = any
  bool has_enum = false;
  std::vector<std::string> allowed_strings;
  std::vector<std::string> allowed_others;  // canonical JSON
  std::vector<Property> properties;
  std::uint64_t required = 0;  // by place in `properties`
  bool closed = false;         // additionalProperties: false
  std::unique_ptr<Node> additional;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> above;
  std::optional<double> below;
  std::size_t min_length = 0;
  std::optional<std::size_t> max_length;
  SchemaFormat format = SchemaFormat::none;
  std::unique_ptr<Node> items;
  std::size_t min_items = 0;
  std::optional<std::size_t> max_items;
  std::vector<std::unique_ptr<Node>> any_of;
};

/// Builds `root` from a schema. Returns what cannot be compiled and where, or nothing.
std::string compile_schema(JsonValue schema, SchemaValidator::Keywords keywords,
                           std::unique_ptr<SchemaValidator::Node>& root);

}  // namespace commsd::mcp
