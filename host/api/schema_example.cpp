#include "api/schema_example.h"

#include <algorithm>

#include "base/json_writer.h"

namespace commsd::api {

namespace {

bool is_required(JsonValue schema, std::string_view name) {
  bool found = false;
  if (const auto required = schema.get("required")) {
    required->each([&](JsonValue one) { found = found || one.string() == name; });
  }
  return found;
}

std::string example_text(JsonValue schema, std::string_view name) {
  const auto format = schema.string("format").value_or("");
  if (format == "e164" || name == "to") return "+14155550100";
  if (format == "email") return "someone@example.com";
  if (format == "uri") return "https://example.com/";
  if (format == "date-time") return "2026-01-31T12:00:00Z";
  std::string text(name.empty() ? "text" : name);
  const auto longest = schema.integer("maxLength").value_or(1000);
  const auto shortest = schema.integer("minLength").value_or(0);
  if (longest >= 0 && text.size() > static_cast<std::size_t>(longest)) {
    text.resize(static_cast<std::size_t>(longest));
  }
  if (shortest > 0 && text.size() < static_cast<std::size_t>(shortest)) {
    text.resize(static_cast<std::size_t>(shortest), 'x');
  }
  return text;
}

}  // namespace

std::string schema_example(JsonValue schema, bool needed_only, std::string_view name) {
  for (const std::string_view list : {"examples", "enum"}) {
    std::string first;
    if (const auto values = schema.get(list)) {
      values->each([&](JsonValue value) {
        if (first.empty()) first = value.to_string();
      });
    }
    if (!first.empty()) return first;
  }
  for (const std::string_view one : {"const", "default"}) {
    if (const auto value = schema.get(one)) return value->to_string();
  }
  std::string type(schema.string("type").value_or(""));
  if (const auto types = schema.get("type"); types && types->is_array()) {
    types->each([&](JsonValue one) {
      if (type.empty()) type = one.string().value_or("");
    });
  }
  JsonWriter out;
  if (type == "object") {
    out.begin_object();
    if (const auto properties = schema.get("properties")) {
      properties->each_member([&](std::string_view member, JsonValue inner) {
        if (needed_only && !is_required(schema, member)) return;
        out.raw_field(member, schema_example(inner, needed_only, member));
      });
    }
    return out.end_object().take();
  }
  if (type == "array") {
    out.begin_array();
    const auto items = schema.get("items");
    if (items && (!needed_only || schema.integer("minItems").value_or(0) > 0)) {
      out.raw(schema_example(*items, needed_only, name));
    }
    return out.end_array().take();
  }
  if (type == "integer" || type == "number") {
    return std::to_string(std::max<std::int64_t>(1, schema.integer("minimum").value_or(1)));
  }
  if (type == "boolean") return "true";
  if (type == "null") return "null";
  append_json_string(type.erase(), example_text(schema, name));
  return type;
}

}  // namespace commsd::api
