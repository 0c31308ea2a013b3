#include "mcp/rest_route.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mcp/definition_parts.h"

namespace commsd::mcp {

namespace {

bool is_literal(std::string_view segment) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !segment.empty() && std::all_of(segment.begin(), segment.end(), plain);
}

/// Whether values of that schema can be written into a query.
bool fits_query(JsonValue schema, bool inside_list) {
  const auto fits = [&](std::string_view type) {
    if (type == "array") {
      const auto items = schema.get("items");
      return !inside_list && items && fits_query(*items, true);
    }
    return type == "string" || type == "integer" || type == "number" || type == "boolean" ||
           type == "null";
  };
  const auto type = schema.get("type");
  if (!type) return false;
  if (const auto name = type->string()) return fits(*name);
  bool all = type->size() > 0;
  type->each([&](JsonValue name) { all = all && fits(name.string().value_or("")); });
  return all;
}

}  // namespace

std::vector<std::string> RestRoute::path_arguments() const {
  std::vector<std::string> names;
  for (const std::string_view segment : split(path, '/')) {
    if (segment.starts_with(':')) names.emplace_back(segment.substr(1));
  }
  return names;
}

std::string RestRoute::key() const {
  std::string key = method + ' ';
  for (const std::string_view segment : split(std::string_view(path).substr(1), '/')) {
    key += '/';
    key += segment.starts_with(':') ? std::string_view(":") : segment;
  }
  return key;
}

Result<std::optional<RestRoute>> RestRoute::parse(JsonValue definition) {
  const auto member = definition.get("rest");
  if (!member) return std::nullopt;
  const auto fault = [](std::string what) {
    return fail(ErrorCode::invalid_argument, "'rest': " + std::move(what));
  };
  RestRoute route;
  route.method = member->string("method").value_or("");
  route.path = member->string("path").value_or("");
  if (route.method != "GET" && route.method != "POST") return fault("'method' is GET or POST");
  if (!route.path.starts_with('/')) return fault("'path' must begin with '/'");
  const auto schema = definition.get("inputSchema");
  const auto properties = schema ? schema->get("properties") : std::nullopt;
  for (const std::string_view segment : split(std::string_view(route.path).substr(1), '/')) {
    if (is_literal(segment)) continue;
    const std::string name(segment.substr(std::min<std::size_t>(1, segment.size())));
    const auto argument = properties ? properties->get(name) : std::nullopt;
    if (!segment.starts_with(':') || !argument || argument->string("type") != "string") {
      return fault(
          "'path' is made of lower-case letters, digits and '-', and of ':name' for "
          "arguments of type string");
    }
  }
  if (route.method == "GET" && properties) {
    std::string misfit;
    properties->each_member([&](std::string_view name, JsonValue argument) {
      if (misfit.empty() && !fits_query(argument, false)) misfit = name;
    });
    if (!misfit.empty()) return fault("the argument '" + misfit + "' does not fit into a query");
  }
  if (const auto example = member->get("example")) {
    if (!example->is_object()) return fault("'example' must be an object of arguments");
    route.example = example->to_string();
  }
  return std::optional<RestRoute>(std::move(route));
}

}  // namespace commsd::mcp
