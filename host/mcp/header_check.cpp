#include "mcp/header_check.h"

#include <algorithm>
#include <charconv>

#include "mcp/modern_envelope.h"

namespace commsd::mcp {

namespace {

std::optional<JsonValue> value_at(JsonValue arguments, const std::vector<std::string>& path) {
  std::optional<JsonValue> value = arguments;
  for (const std::string& step : path) {
    value = value->get(step);
    if (!value) return std::nullopt;
  }
  if (value->is_null()) return std::nullopt;
  return value;
}

bool equal_numbers(std::string_view header, double body) {
  double number = 0;
  const auto [end, fault] = std::from_chars(header.data(), header.data() + header.size(), number);
  return fault == std::errc() && end == header.data() + header.size() && number == body;
}

bool equal(std::string_view header, JsonValue body) {
  if (const auto text = body.string()) return header == *text;
  if (const auto flag = body.boolean()) return header == (*flag ? "true" : "false");
  // Whole numbers beyond 2^53 are told apart by their text, which is exact.
  if (body.integer() && header == body.to_string()) return true;
  if (const auto number = body.number()) {
    return std::abs(*number) < 9007199254740992.0 && equal_numbers(header, *number);
  }
  return false;
}

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace

std::string check_header_parameters(const std::vector<HeaderParameter>& parameters,
                                    JsonValue arguments, const HeaderLookup& header) {
  for (const HeaderParameter& parameter : parameters) {
    const std::string name = "Mcp-Param-" + parameter.header;
    const auto raw = header(name);
    const auto body = value_at(arguments, parameter.path);
    if (!raw && !body) continue;
    if (!raw) return "the header " + name + " is missing";
    if (!body) return "the header " + name + " repeats an argument that is not there";
    if (!is_plain(*raw)) return "the header " + name + " has invalid characters";
    const auto value = decode_header_value(*raw);
    if (!value) return "the header " + name + " is not valid base64";
    if (!equal(*value, *body)) return "the header " + name + " does not equal its argument";
  }
  return {};
}

}  // namespace commsd::mcp
