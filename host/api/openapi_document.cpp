#include "api/openapi_document.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "api/schema_example.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "embedded/openapi_base.h"

namespace commsd::api {

namespace {

using Entry = mcp::ToolRegistry::Entry;
using Names = std::vector<std::string>;

/// Statuses that any operation may answer with; each is a response of base.json.
constexpr std::array<const char*, 13> error_statuses = {
    "400", "401", "403", "404", "405", "409", "422", "429", "499", "500", "502", "503", "504"};
/// Those that only a request with a body meets.
constexpr std::array<const char*, 2> body_statuses = {"413", "415"};

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string template_of(const std::string& path) {
  std::string out;
  for (const std::string_view segment : split(std::string_view(path).substr(1), '/')) {
    out += '/';
    if (segment.starts_with(':')) {
      out += '{';
      out += segment.substr(1);
      out += '}';
    } else {
      out += segment;
    }
  }
  return out;
}

/// The schema without what stands in the path.
std::string body_schema(JsonValue schema, const Names& in_path) {
  if (in_path.empty()) return schema.to_string();
  JsonWriter out;
  out.begin_object();
  schema.each_member([&](std::string_view keyword, JsonValue value) {
    out.key(keyword);
    if (keyword == "properties") {
      out.begin_object();
      value.each_member([&](std::string_view name, JsonValue inner) {
        if (!contains(in_path, name)) out.raw_field(name, inner.to_string());
      });
      out.end_object();
    } else if (keyword == "required") {
      out.begin_array();
      value.each([&](JsonValue name) {
        if (!contains(in_path, name.string().value_or(""))) out.raw(name.to_string());
      });
      out.end_array();
    } else {
      out.raw(value.to_string());
    }
  });
  return out.end_object().take();
}

void write_parameter(JsonWriter& out, std::string_view where, std::string_view name,
                     JsonValue schema, bool required, JsonValue example) {
  out.begin_object().field("name", name).field("in", where).field("required", required);
  if (const auto text = schema.string("description")) out.field("description", *text);
  out.raw_field("schema", schema.to_string());
  if (const auto value = example.get(name)) out.raw_field("example", value->to_string());
  out.end_object();
}

void write_parameters(JsonWriter& out, const mcp::RestRoute& route, JsonValue schema,
                      JsonValue example) {
  const Names in_path = route.path_arguments();
  const auto properties = schema.get("properties");
  if (!properties) return;
  Names required;
  if (const auto names = schema.get("required")) {
    names->each([&](JsonValue name) { required.emplace_back(name.string().value_or("")); });
  }
  out.key("parameters").begin_array();
  properties->each_member([&](std::string_view name, JsonValue argument) {
    if (contains(in_path, name)) {
      write_parameter(out, "path", name, argument, true, example);
    } else if (route.method == "GET") {
      write_parameter(out, "query", name, argument, contains(required, name), example);
    }
  });
  if (route.method == "POST" && properties->get("idempotencyKey")) {
    out.raw(R"({"$ref":"#/components/parameters/IdempotencyKey"})");
  }
  out.end_array();
}

void write_body(JsonWriter& out, const mcp::RestRoute& route, JsonValue schema, JsonValue example) {
  const Names in_path = route.path_arguments();
  const std::string arguments = body_schema(schema, in_path);
  const auto document = JsonDocument::parse(arguments);
  const auto required = document->root().get("required");
  out.key("requestBody").begin_object().field("required", required && required->size() > 0);
  out.key("content").begin_object().key("application/json").begin_object();
  out.raw_field("schema", arguments).key("example").begin_object();
  example.each_member([&](std::string_view name, JsonValue value) {
    if (!contains(in_path, name)) out.raw_field(name, value.to_string());
  });
  out.end_object().end_object().end_object().end_object();
}

void write_responses(JsonWriter& out, const mcp::RestRoute& route,
                     const std::optional<JsonValue>& output) {
  out.key("responses").begin_object().key("200").begin_object();
  out.field("description", "Done: the same as the structured result of the tool.");
  out.key("content").begin_object().key("application/json").begin_object();
  out.raw_field("schema", output ? output->to_string() : R"({"type":"object"})");
  if (output) out.raw_field("example", schema_example(*output, false));
  out.end_object().end_object().end_object();
  const auto refer = [&out](const char* status) {
    out.raw_field(status, R"({"$ref":"#/components/responses/Error)" + std::string(status) + "\"}");
  };
  for (const char* status : error_statuses) refer(status);
  if (route.method == "POST") {
    for (const char* status : body_statuses) refer(status);
  }
  out.end_object();
}

void write_operation(JsonWriter& out, const Entry& entry) {
  const mcp::ToolDefinition& definition = entry.definition;
  const mcp::RestRoute& route = *definition.rest;
  const auto listing = JsonDocument::parse(definition.listing);
  const auto example = JsonDocument::parse(example_arguments(definition));
  const JsonValue tool = listing->root();
  const JsonValue input = *tool.get("inputSchema");
  std::string roles;
  for (const identity::Role role : entry.tool.roles) {
    roles += (roles.empty() ? "" : ", ") + std::string(to_string(role));
  }
  out.key(to_lower_ascii(route.method)).begin_object().field("operationId", definition.name);
  out.field("summary", *tool.string("title"));
  out.field(
      "description",
      std::string(*tool.string("description")) + "\n\nTokens of the roles: " + roles + "." +
          (definition.scope.empty() ? std::string()
                                    : " Limited tokens need the scope " + definition.scope + "."));
  out.key("tags").begin_array();
  out.value(definition.toolsets.empty() ? std::string("server") : definition.toolsets.front());
  out.end_array().key("x-roles").begin_array();
  for (const identity::Role role : entry.tool.roles) out.value(to_string(role));
  out.end_array().field("x-scope", definition.scope);
  out.field("x-mcp-tool", !definition.rest_only).field("x-acts", !definition.read_only);
  const auto annotations = tool.get("annotations");
  out.field("x-destructive", annotations->boolean("destructiveHint").value_or(false));
  write_parameters(out, route, input, example->root());
  if (route.method == "POST") write_body(out, route, input, example->root());
  write_responses(out, route, tool.get("outputSchema"));
  out.end_object();
}

}  // namespace

std::string example_arguments(const mcp::ToolDefinition& definition) {
  if (definition.rest && !definition.rest->example.empty()) return definition.rest->example;
  const auto listing = JsonDocument::parse(definition.listing);
  return schema_example(*listing->root().get("inputSchema"), true);
}

std::string openapi_document(const mcp::ToolRegistry& registry, const std::string& public_url,
                             const std::string& version) {
  std::map<std::string, std::vector<const Entry*>> by_path;
  for (const auto& entry : registry.entries()) {
    if (entry->definition.rest) {
      by_path[template_of(entry->definition.rest->path)].push_back(entry.get());
    }
  }
  const auto base = JsonDocument::parse(embedded::openapi_base::base_json());
  JsonWriter out;
  out.begin_object();
  base->root().each_member([&](std::string_view name, JsonValue value) {
    out.key(name);
    if (name == "info") {
      out.begin_object().field("version", version);
      value.each_member([&](std::string_view member, JsonValue text) {
        out.raw_field(member, text.to_string());
      });
      out.end_object();
    } else if (name == "paths") {
      out.begin_object();
      value.each_member(
          [&](std::string_view path, JsonValue item) { out.raw_field(path, item.to_string()); });
      for (const auto& [path, entries] : by_path) {
        out.key(path).begin_object();
        for (const Entry* entry : entries) write_operation(out, *entry);
        out.end_object();
      }
      out.end_object();
    } else {
      out.raw(value.to_string());
    }
  });
  out.key("servers").begin_array().begin_object().field("url", public_url + "/api/v1");
  return out.end_object().end_array().end_object().take();
}

}  // namespace commsd::api
