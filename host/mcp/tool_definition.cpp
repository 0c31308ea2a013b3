#include "mcp/tool_definition.h"

#include <array>
#include <utility>

#include "base/json.h"
#include "base/json_writer.h"
#include "identity/scopes.h"
#include "mcp/definition_parts.h"

namespace commsd::mcp {

namespace {

/// The suite's fixtures have names of 42; clients cut at 64 with their own prefix, so the product's
/// stay below 40 (its tests see to that).
constexpr std::size_t longest_name = 64;

Result<std::vector<std::string>> read_names(JsonValue root, const std::string& member) {
  std::vector<std::string> names;
  const auto list = root.get(member);
  if (!list) return names;
  bool valid = list->is_array();
  list->each([&](JsonValue name) {
    valid = valid && is_definition_name(name.string().value_or(""), 40);
    names.emplace_back(name.string().value_or(""));
  });
  if (valid) return names;
  return fail(ErrorCode::invalid_argument, "'" + member + "' must be a list of names");
}

std::optional<TaskSupport> parse_task_support(const std::optional<JsonValue>& value) {
  if (!value) return TaskSupport::forbidden;
  const auto text = value->string();
  if (text == "forbidden") return TaskSupport::forbidden;
  if (text == "optional") return TaskSupport::optional;
  if (text == "required") return TaskSupport::required;
  return std::nullopt;
}

/// The members of an output schema with their types alone: what a model needs to know of an answer
/// that it will read anyway. Whatever the whole schema allows, this allows.
std::string outline(JsonValue schema) {
  JsonWriter out;
  out.begin_object().field("type", "object").key("properties").begin_object();
  if (const auto properties = schema.get("properties")) {
    properties->each_member([&](std::string_view name, JsonValue property) {
      out.key(name).begin_object();
      copy_member(out, property, "type");
      out.end_object();
    });
  }
  out.end_object();
  copy_member(out, schema, "required");
  return out.end_object().take();
}

/// The Tool object of tools/list. The one for a model is brief: it has no icon, which models do not
/// see, and an outline of the answer.
std::string list_tool(JsonValue root, bool brief) {
  JsonWriter out;
  out.begin_object();
  for (const char* name : {"name", "title", "description"}) copy_member(out, root, name);
  if (!brief) copy_member(out, root, "icons");
  copy_member(out, root, "inputSchema");
  const auto output = root.get("outputSchema");
  if (output && brief) {
    out.raw_field("outputSchema", outline(*output));
  } else if (output) {
    copy_member(out, root, "outputSchema");
  }
  copy_member(out, root, "annotations");
  return out.end_object().take();
}

}  // namespace

Result<ToolDefinition> ToolDefinition::parse(std::string_view json) {
  Result<JsonDocument> document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  const JsonValue root = document->root();
  const auto name = root.string("name");
  if (!name || !is_definition_name(*name, longest_name)) {
    return fail(ErrorCode::invalid_argument,
                "a tool definition needs a 'name' of at most 64 letters, digits and underscores");
  }
  const auto fault = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the definition of tool '" + std::string(*name) + "': " + what);
  };

  const auto title = root.string("title");
  const auto description = root.string("description");
  if (!title || !description) return fault("'title' and 'description' must be strings");
  const auto scope = root.get("scope");
  if (scope && !scope->is_string()) return fault("'scope' must be a string");
  std::string needed(root.string("scope").value_or(""));
  if (!needed.empty()) {
    if (Result<void> known = identity::check_scopes({needed}); !known) {
      return fault(known.error().message);
    }
  }
  const auto annotations = root.get("annotations");
  static constexpr std::array<std::string_view, 4> hints = {"readOnlyHint", "destructiveHint",
                                                            "idempotentHint", "openWorldHint"};
  for (const std::string_view hint : hints) {
    if (!annotations || !annotations->boolean(hint)) {
      return fault("'annotations' must say true or false for " + std::string(hint));
    }
  }
  if (const auto icons = check_icons(root); !icons) return fault(icons.error().message);
  auto toolsets = read_names(root, "toolsets");
  if (!toolsets) return fault(toolsets.error().message);
  auto editions = read_names(root, "editions");
  if (!editions) return fault(editions.error().message);
  const auto task_support = parse_task_support(root.get("taskSupport"));
  if (!task_support) return fault("'taskSupport' must be forbidden, optional or required");

  const auto input = root.get("inputSchema");
  if (!input || input->string("type") != "object") {
    return fault("'inputSchema' must be a schema of type object");
  }
  const auto keywords = root.boolean("handlerChecks").value_or(false)
                            ? SchemaValidator::Keywords::all
                            : SchemaValidator::Keywords::compiled;
  Result<SchemaValidator> input_validator = SchemaValidator::compile(*input, keywords);
  if (!input_validator) return fault("inputSchema: " + input_validator.error().message);
  auto header_parameters = compile_header_parameters(*input);
  if (!header_parameters) return fault("inputSchema: " + header_parameters.error().message);

  auto rest = RestRoute::parse(root);
  if (!rest) return fault(rest.error().message);
  const bool rest_only = root.boolean("restOnly").value_or(false);
  if (rest_only && !*rest) return fault("'restOnly' needs 'rest'");
  if (*rest && !(*rest)->example.empty()) {
    const auto example = JsonDocument::parse((*rest)->example);
    const auto faults = input_validator->check(example->root());
    if (!faults.empty()) return fault("the example of 'rest': " + faults.front());
  }

  std::optional<SchemaValidator> output_validator;
  if (const auto output = root.get("outputSchema")) {
    if (output->string("type") != "object") {
      return fault("'outputSchema' must be a schema of type object");
    }
    Result<SchemaValidator> compiled = SchemaValidator::compile(*output);
    if (!compiled) return fault("outputSchema: " + compiled.error().message);
    output_validator.emplace(std::move(*compiled));
  }

  return ToolDefinition{std::string(*name),
                        root.boolean("longRunning").value_or(false),
                        annotations->boolean("readOnlyHint").value_or(false),
                        std::move(needed),
                        list_tool(root, false),
                        list_tool(root, true),
                        root.boolean("onRequest").value_or(false),
                        std::move(*input_validator),
                        std::move(output_validator),
                        std::move(*toolsets),
                        std::move(*header_parameters),
                        *task_support,
                        std::move(*editions),
                        std::move(*rest),
                        rest_only};
}

}  // namespace commsd::mcp
