#include <algorithm>
#include <utility>

#include "mcp/schema_node.h"

namespace commsd::mcp {

namespace {

using Node = SchemaValidator::Node;

class Compiler {
 public:
  explicit Compiler(SchemaValidator::Keywords keywords)
      : skip_unknown_(keywords == SchemaValidator::Keywords::all) {}

  std::unique_ptr<Node> compile(JsonValue schema, const std::string& where, std::size_t depth) {
    auto node = std::make_unique<Node>();
    if (schema.boolean() == true) return node;
    if (!schema.is_object() || depth > max_schema_depth) {
      complain(where, "must be an object and not nested too deep");
      return node;
    }
    schema.each_member([&](std::string_view keyword, JsonValue value) {
      read_keyword(*node, keyword, value, where, depth);
    });
    read_required(*node, schema, where);
    return node;
  }

  const std::string& fault() const { return fault_; }

 private:
  void complain(const std::string& where, std::string_view what) {
    if (fault_.empty()) fault_ = "schema at '" + where + "': " + std::string(what);
  }

  void read_keyword(Node& node, std::string_view keyword, JsonValue value, const std::string& where,
                    std::size_t depth) {
    static constexpr std::array<std::string_view, 8> annotations = {
        "title",    "description", "default", "examples", "$schema",
        "$comment", "deprecated",  "required"};  // `required` is read after `properties`
    if (std::find(annotations.begin(), annotations.end(), keyword) != annotations.end() ||
        keyword.starts_with("x-")) {
      return;
    }
    if (keyword == "type") return read_type(node, value, where);
    if (keyword == "enum") return read_enum(node, value, where);
    if (keyword == "const") {
      node.has_enum = true;
      return allow(node, value);
    }
    if (keyword == "properties") return read_properties(node, value, where, depth);
    if (keyword == "additionalProperties") {
      if (value.boolean() == false) {
        node.closed = true;
      } else {
        node.additional = compile(value, where + "/additionalProperties", depth + 1);
      }
      return;
    }
    if (keyword == "items") {
      node.items = compile(value, where + "/items", depth + 1);
      return;
    }
    if (keyword == "anyOf") {
      value.each([&](JsonValue branch) {
        node.any_of.push_back(compile(branch, where + "/anyOf", depth + 1));
      });
      if (node.any_of.empty()) complain(where, "anyOf must be an array that is not empty");
      return;
    }
    if (keyword == "format") return read_format(node, value, where);
    if (read_limit(node, keyword, value)) return;
    if (skip_unknown_) return;
    complain(where, "the keyword '" + std::string(keyword) + "' is not supported");
  }

  void read_type(Node& node, JsonValue value, const std::string& where) {
    const auto add = [&](JsonValue name) {
      for (const TypeName& type : type_names) {
        if (name.string() == type.name) {
          node.types |= type.bits;
          return;
        }
      }
      complain(where, "unknown type");
    };
    if (value.is_array()) {
      value.each(add);
    } else {
      add(value);
    }
  }

  void read_enum(Node& node, JsonValue value, const std::string& where) {
    node.has_enum = true;
    if (!value.is_array() || value.size() == 0) complain(where, "enum must be a list");
    value.each([&](JsonValue allowed) { allow(node, allowed); });
  }

  static void allow(Node& node, JsonValue value) {
    if (const auto text = value.string()) {
      node.allowed_strings.emplace_back(*text);
    } else {
      node.allowed_others.push_back(value.to_canonical_string());
    }
  }

  void read_properties(Node& node, JsonValue value, const std::string& where, std::size_t depth) {
    if (!value.is_object() || value.size() > max_properties) {
      return complain(where, "properties must be an object of at most 64 members");
    }
    value.each_member([&](std::string_view name, JsonValue schema) {
      node.properties.push_back(
          {std::string(name), compile(schema, where + "/" + std::string(name), depth + 1), false});
    });
  }

  void read_required(Node& node, JsonValue schema, const std::string& where) {
    const auto required = schema.get("required");
    if (!required) return;
    if (!required->is_array()) return complain(where, "required must be a list of names");
    required->each([&](JsonValue name) {
      for (std::size_t i = 0; i < node.properties.size(); ++i) {
        if (name.string() != std::string_view(node.properties[i].name)) continue;
        node.properties[i].required = true;
        node.required |= std::uint64_t{1} << i;
        return;
      }
      if (skip_unknown_) return;
      complain(where, "required names " + name.to_string() + ", which is no property");
    });
  }

  void read_format(Node& node, JsonValue value, const std::string& where) {
    const auto format = schema_format(value.string().value_or(""));
    if (!format) return complain(where, "unknown format");
    node.format = *format;
  }

  static bool read_limit(Node& node, std::string_view keyword, JsonValue value) {
    const auto number = value.number();
    if (!number) return false;
    const auto count = value.integer();
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(count.value_or(0), 0));
    if (keyword == "minimum") return node.minimum.emplace(*number), true;
    if (keyword == "maximum") return node.maximum.emplace(*number), true;
    if (keyword == "exclusiveMinimum") return node.above.emplace(*number), true;
    if (keyword == "exclusiveMaximum") return node.below.emplace(*number), true;
    if (!count || *count < 0) return false;
    if (keyword == "minLength") return node.min_length = size, true;
    if (keyword == "maxLength") return node.max_length.emplace(size), true;
    if (keyword == "minItems") return node.min_items = size, true;
    if (keyword == "maxItems") return node.max_items.emplace(size), true;
    return false;
  }

  const bool skip_unknown_;
  std::string fault_;
};

}  // namespace

std::string compile_schema(JsonValue schema, SchemaValidator::Keywords keywords,
                           std::unique_ptr<SchemaValidator::Node>& root) {
  Compiler compiler(keywords);
  root = compiler.compile(schema, "#", 0);
  return compiler.fault();
}

}  // namespace commsd::mcp
