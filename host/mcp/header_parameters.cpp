#include "mcp/header_parameters.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "mcp/http_rules.h"

namespace commsd::mcp {

namespace {

const std::string keyword = "x-mcp-header";

class Walk {
 public:
  void schema(JsonValue schema, std::vector<std::string> path, bool reachable) {
    schema.each_member([&](std::string_view name, JsonValue value) {
      if (name == keyword) {
        annotation(schema, value, path, reachable && !path.empty());
      } else if (name == "properties") {
        value.each_member([&](std::string_view property, JsonValue inner) {
          std::vector<std::string> longer = path;
          longer.emplace_back(property);
          this->schema(inner, std::move(longer), reachable);
        });
      } else if (is_map_of_schemas(name)) {
        value.each_member(
            [&](std::string_view, JsonValue inner) { this->schema(inner, path, false); });
      } else if (!is_plain_value(name)) {
        this->schema(value, path, false);
        value.each([&](JsonValue inner) { this->schema(inner, path, false); });
      }
    });
  }

  std::vector<HeaderParameter> found;
  std::string fault;

 private:
  static bool is_map_of_schemas(std::string_view name) {
    static constexpr std::array<std::string_view, 4> names = {
        "$defs", "definitions", "patternProperties", "dependentSchemas"};
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  static bool is_plain_value(std::string_view name) {
    static constexpr std::array<std::string_view, 4> names = {"default", "examples", "enum",
                                                              "const"};
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void annotation(JsonValue schema, JsonValue value, const std::vector<std::string>& path,
                  bool reachable) {
    const auto complain = [&](std::string_view what) {
      if (!fault.empty()) return;
      fault = keyword + " at '";
      for (const std::string& step : path) fault += '/' + step;
      fault += "' ";
      fault += what;
    };
    const auto header = value.string();
    if (!header || !is_header_name(*header)) return complain("must be a header name");
    if (!reachable) return complain("is not reached through 'properties' alone");
    HeaderParameter parameter{std::string(*header), path, HeaderParameter::Type::string};
    const auto type = schema.string("type");
    if (type == "integer") {
      parameter.type = HeaderParameter::Type::integer;
    } else if (type == "boolean") {
      parameter.type = HeaderParameter::Type::boolean;
    } else if (type != "string") {
      return complain("needs the type integer, string or boolean");
    }
    const auto format = schema.string("format");
    if (format == "e164" || format == "email") {
      return complain("would put somebody's address into a header");
    }
    const std::string lower = to_lower_ascii(*header);
    const auto same = [&](const HeaderParameter& other) {
      return to_lower_ascii(other.header) == lower;
    };
    if (std::any_of(found.begin(), found.end(), same)) return complain("is there twice");
    found.push_back(std::move(parameter));
  }
};

}  // namespace

Result<std::vector<HeaderParameter>> compile_header_parameters(JsonValue input_schema) {
  Walk walk;
  walk.schema(input_schema, {}, true);
  if (!walk.fault.empty()) return fail(ErrorCode::invalid_argument, walk.fault);
  return std::move(walk.found);
}

}  // namespace commsd::mcp
