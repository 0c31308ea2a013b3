#include "base/json.h"

#include <algorithm>
#include <vector>

#include "base/json_writer.h"

namespace commsd {

namespace {

template <typename T>
std::optional<T> read(const simdjson::dom::element& element) {
  T value{};
  if (element.get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

/// The first repeated key anywhere below `element`; the depth is bounded by the parser's limit.
std::optional<std::string> repeated_key(const simdjson::dom::element& element) {
  simdjson::dom::array array;
  if (element.get(array) == simdjson::SUCCESS) {
    for (const simdjson::dom::element item : array) {
      if (auto found = repeated_key(item)) return found;
    }
    return std::nullopt;
  }
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string_view> keys;
  for (const auto field : object) {
    keys.push_back(field.key);
    if (auto found = repeated_key(field.value)) return found;
  }
  std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin == keys.end()) return std::nullopt;
  return std::string(*twin);
}

void write_canonical(JsonWriter& out, const JsonValue& value) {
  if (value.is_object()) {
    std::vector<std::pair<std::string_view, JsonValue>> members;
    value.each_member(
        [&](std::string_view key, JsonValue member) { members.emplace_back(key, member); });
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    out.begin_object();
    for (const auto& [key, member] : members) {
      out.key(key);
      write_canonical(out, member);
    }
    out.end_object();
  } else if (value.is_array()) {
    out.begin_array();
    value.each([&](JsonValue item) { write_canonical(out, item); });
    out.end_array();
  } else {
    out.raw(value.to_string());
  }
}

}  // namespace

std::optional<std::string_view> JsonValue::string() const {
  return read<std::string_view>(element_);
}
std::optional<std::int64_t> JsonValue::integer() const {
  return read<std::int64_t>(element_);
}
std::optional<double> JsonValue::number() const {
  return read<double>(element_);
}
std::optional<bool> JsonValue::boolean() const {
  return read<bool>(element_);
}

std::optional<JsonValue> JsonValue::get(std::string_view key) const {
  simdjson::dom::object object;
  if (element_.get(object) != simdjson::SUCCESS) return std::nullopt;
  simdjson::dom::element member;
  if (object.at_key(key).get(member) != simdjson::SUCCESS) return std::nullopt;
  return JsonValue(member);
}

std::optional<std::string_view> JsonValue::string(std::string_view key) const {
  const auto member = get(key);
  return member ? member->string() : std::nullopt;
}
std::optional<std::int64_t> JsonValue::integer(std::string_view key) const {
  const auto member = get(key);
  return member ? member->integer() : std::nullopt;
}
std::optional<bool> JsonValue::boolean(std::string_view key) const {
  const auto member = get(key);
  return member ? member->boolean() : std::nullopt;
}

std::size_t JsonValue::size() const {
  simdjson::dom::array array;
  if (element_.get(array) == simdjson::SUCCESS) return array.size();
  simdjson::dom::object object;
  if (element_.get(object) == simdjson::SUCCESS) return object.size();
  return 0;
}

std::string JsonValue::to_string() const {
  return simdjson::minify(element_);
}

std::string JsonValue::to_canonical_string() const {
  JsonWriter out;
  write_canonical(out, *this);
  return out.take();
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t max_depth) {
  auto parser = std::make_unique<simdjson::dom::parser>();
  simdjson::error_code code = parser->allocate(std::max<std::size_t>(text.size(), 64), max_depth);
  simdjson::dom::element root;
  if (code == simdjson::SUCCESS) code = parser->parse(text.data(), text.size()).get(root);
  if (code == simdjson::DEPTH_ERROR) {
    return fail(ErrorCode::invalid_argument,
                "the JSON is nested deeper than " + std::to_string(max_depth) + " levels");
  }
  if (code != simdjson::SUCCESS) {
    return fail(ErrorCode::invalid_argument,
                std::string("the text is not valid JSON: ") + simdjson::error_message(code));
  }
  if (const auto key = repeated_key(root)) {
    return fail(ErrorCode::invalid_argument, "the JSON repeats the member '" + *key + "'");
  }
  return JsonDocument(std::move(parser), root);
}

}  // namespace commsd
