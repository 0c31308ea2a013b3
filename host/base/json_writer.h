#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commsd {

/// Appends JSON to a string, in one pass and without a tree.
///
///     JsonWriter out;
///     out.begin_object().field("status", "ok").field("count", 3).end_object();
///     std::string text = out.take();
///
/// Commas are its business; matching begin and end is the caller's. Invalid UTF-8 in strings is
/// replaced by U+FFFD, so the output is always valid JSON.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(bool flag);
  JsonWriter& value(double number);  // shortest form that reads back equal; null if not finite
  template <std::integral Integer>
  JsonWriter& value(Integer number) {
    return integer(static_cast<std::int64_t>(number));
  }
  JsonWriter& null();
  /// Appends `json`, which must be one valid value, as it is.
  JsonWriter& raw(std::string_view json);

  template <typename Value>
  JsonWriter& value(const std::optional<Value>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <typename Value>
  JsonWriter& field(std::string_view name, const Value& content) {
    key(name);
    return value(content);
  }
  JsonWriter& raw_field(std::string_view name, std::string_view json) {
    key(name);
    return raw(json);
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& integer(std::int64_t number);
  void separate();

  std::string text_;
  bool need_comma_ = false;
};

/// `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace commsd
