#include "mcp/tool_definition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t longest_name = 40;  // clients prefix names and cut at 64

bool is_tool_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= longest_name &&
         std::all_of(name.begin(), name.end(), plain);
}

}  // namespace

Result<ToolDefinition> ToolDefinition::parse(std::string_view json) {
  Result<JsonDocument> document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  const JsonValue root = document->root();
  const auto name = root.string("name");
  if (!name || !is_tool_name(*name)) {
    return fail(ErrorCode::invalid_argument,
                "a tool definition needs a 'name' of at most 40 letters, digits and underscores");
  }
  const auto fault = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the definition of tool '" + std::string(*name) + "': " + what);
  };

  const auto title = root.string("title");
  const auto description = root.string("description");
  if (!title || !description) return fault("'title' and 'description' must be strings");
  const auto annotations = root.get("annotations");
  static constexpr std::array<std::string_view, 4> hints = {"readOnlyHint", "destructiveHint",
                                                            "idempotentHint", "openWorldHint"};
  for (const std::string_view hint : hints) {
    if (!annotations || !annotations->boolean(hint)) {
      return fault("'annotations' must say true or false for " + std::string(hint));
    }
  }
  const auto input = root.get("inputSchema");
  const auto output = root.get("outputSchema");
  for (const auto& schema : {input, output}) {
    if (!schema || schema->string("type") != "object") {
      return fault("'inputSchema' and 'outputSchema' must be schemas of type object");
    }
  }
  Result<SchemaValidator> input_validator = SchemaValidator::compile(*input);
  if (!input_validator) return fault("inputSchema: " + input_validator.error().message);
  Result<SchemaValidator> output_validator = SchemaValidator::compile(*output);
  if (!output_validator) return fault("outputSchema: " + output_validator.error().message);

  JsonWriter listing;
  listing.begin_object()
      .field("name", *name)
      .field("title", *title)
      .field("description", *description)
      .raw_field("inputSchema", input->to_string())
      .raw_field("outputSchema", output->to_string())
      .raw_field("annotations", annotations->to_string())
      .end_object();
  return ToolDefinition{std::string(*name), root.boolean("longRunning").value_or(false),
                        listing.take(), std::move(*input_validator), std::move(*output_validator)};
}

}  // namespace commsd::mcp
