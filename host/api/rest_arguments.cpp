#include "api/rest_arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "base/json_writer.h"
#include "base/text.h"
#include "mcp/schema_node.h"

namespace commsd::api {

namespace {

constexpr std::string_view key_argument = "idempotencyKey";
constexpr std::size_t most_values = 256;

unsigned types_of(JsonValue schema) {
  unsigned bits = 0;
  const auto add = [&bits](std::string_view name) {
    for (const mcp::TypeName& type : mcp::type_names) {
      if (type.name == name) bits |= type.bits;
    }
  };
  const auto type = schema.get("type");
  if (!type) return bits;
  add(type->string().value_or(""));
  type->each([&](JsonValue name) { add(name.string().value_or("")); });
  return bits;
}

tl::unexpected<Error> refuse(std::string message, std::string remedy = {}) {
  return fail(make_error(ErrorCode::invalid_argument, std::move(message), std::move(remedy)));
}

/// One value of a query as JSON.
void write_value(JsonWriter& out, unsigned types, const std::string& text) {
  const char* const end = text.data() + text.size();
  if ((types & mcp::boolean_bit) != 0 && (text == "true" || text == "false")) {
    out.value(text == "true");
    return;
  }
  if ((types & (mcp::integer_bit | mcp::number_bit)) != 0) {
    std::int64_t whole = 0;
    const auto read = std::from_chars(text.data(), end, whole);
    if (read.ec == std::errc() && read.ptr == end) {
      out.value(whole);
      return;
    }
    double number = 0;
    const auto real = std::from_chars(text.data(), end, number);
    if (real.ec == std::errc() && real.ptr == end && std::isfinite(number)) {
      out.value(number);
      return;
    }
  }
  out.value(text);
}

std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto plain = percent_decode(spaced);
  if (!plain || !is_valid_utf8(*plain)) return std::nullopt;
  return plain;
}

}  // namespace

RestArguments::RestArguments(JsonValue input_schema, bool read_only) : read_only_(read_only) {
  const auto properties = input_schema.get("properties");
  if (!properties) return;
  properties->each_member([&](std::string_view name, JsonValue schema) {
    Type type;
    type.types = types_of(schema);
    if (const auto items = schema.get("items")) type.items = types_of(*items);
    types_.emplace(name, type);
  });
}

Result<JsonDocument> RestArguments::read(const RestRequest& request) const {
  Given given;
  std::size_t count = 0;
  for (const std::string_view pair : split(request.query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value =
        decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value) return refuse("the query has a malformed escape or is no UTF-8");
    if (++count > most_values) return refuse("the query has too many values; at most 256");
    given[std::move(*name)].push_back(std::move(*value));
  }
  std::string text = "{}";
  if (!request.body_carries) {
    auto from = from_query(given);
    if (!from) return fail(from.error());
    text = std::move(*from);
  } else if (!given.empty()) {
    return refuse("the query has '" + given.begin()->first + "', which is not read here",
                  "Put the arguments into the JSON body.");
  } else if (!trim(request.body).empty()) {
    text = request.body;
  }
  Result<JsonDocument> arguments = JsonDocument::parse(text);
  if (!arguments) return fail(arguments.error());
  if (!arguments->root().is_object()) {
    return refuse("the body must be a JSON object of arguments");
  }
  if (request.path.empty() && !request.idempotency_key) return arguments;
  return add_to(*arguments, request);
}

Result<std::string> RestArguments::from_query(const Given& given) const {
  JsonWriter out;
  out.begin_object();
  for (const auto& [name, values] : given) {
    const auto known = types_.find(name);
    const Type type = known == types_.end() ? Type() : known->second;
    out.key(name);
    if ((type.types & mcp::array_bit) != 0) {
      out.begin_array();
      for (const std::string& value : values) write_value(out, type.items, value);
      out.end_array();
    } else if (values.size() == 1) {
      write_value(out, type.types, values.front());
    } else {
      return refuse("the argument '" + name + "' stands in the query more than once");
    }
  }
  return out.end_object().take();
}

Result<JsonDocument> RestArguments::add_to(const JsonDocument& arguments,
                                           const RestRequest& request) const {
  std::vector<std::pair<std::string, std::string>> more = request.path;
  if (request.idempotency_key) {
    if (types_.contains(key_argument)) {
      more.emplace_back(key_argument, *request.idempotency_key);
    } else if (!read_only_) {
      return refuse("this operation takes no Idempotency-Key, so repeating it may act twice",
                    "Leave the header out, and look at what is there before you repeat the call.");
    }
  }
  JsonWriter out;
  out.begin_object();
  arguments.root().each_member(
      [&](std::string_view name, JsonValue value) { out.raw_field(name, value.to_string()); });
  for (const auto& [name, value] : more) {
    const auto other = arguments.root().get(name);
    if (!other) {
      out.field(name, value);
    } else if (other->string() != std::string_view(value)) {
      return refuse("'" + name + "' is given twice and differs",
                    "Give it once: in the path or header, or in the body.");
    }
  }
  return JsonDocument::parse(out.end_object().text());
}

}  // namespace commsd::api
