#pragma once

#include <cmath>
#include <cstdio>
#include <type_traits>

#include <comms/cpp/types.hpp>

// Writing JSON; needs no service.
//
//   comms::JsonObject().put("to", m.to).put("text", m.text).put_nonempty("html", m.html).text();

namespace comms {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 are the caller's business.
inline void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(byte));
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
}

class JsonArray;
class JsonObject;

/// Any value; made implicitly from text, numbers, booleans, objects and arrays.
class JsonValue {
 public:
  JsonValue(std::string_view text) { append_json_string(text_, text); }
  JsonValue(const std::string& text) : JsonValue(std::string_view(text)) {}
  JsonValue(const char* text) : JsonValue(std::string_view(text)) {}
  JsonValue(std::nullptr_t) : text_("null") {}
  template <class N, std::enable_if_t<std::is_arithmetic_v<N>, int> = 0>
  JsonValue(N value) {
    if constexpr (std::is_same_v<N, bool>) {
      text_ = value ? "true" : "false";
    } else if constexpr (std::is_integral_v<N>) {
      text_ = std::to_string(value);
    } else {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.17g", static_cast<double>(value));
      text_ = std::isfinite(value) ? digits : "null";
    }
  }
  JsonValue(const JsonObject& object);
  JsonValue(const JsonArray& array);
  JsonValue(const Strings& strings);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class JsonArray {
 public:
  JsonArray& add(const JsonValue& value) {
    body_ += (body_.empty() ? "" : ",") + value.text();
    return *this;
  }
  bool empty() const { return body_.empty(); }
  std::string text() const { return "[" + body_ + "]"; }

 private:
  std::string body_;
};

class JsonObject {
 public:
  JsonObject& put(std::string_view key, const JsonValue& value) {
    if (!body_.empty()) body_ += ',';
    append_json_string(body_, key);
    body_ += ':';
    body_ += value.text();
    return *this;
  }
  /// Leaves empty text, empty lists out: an empty "html" is not the same as none.
  template <class Value>
  JsonObject& put_nonempty(std::string_view key, const Value& value) {
    return value.empty() ? *this : put(key, value);
  }
  bool empty() const { return body_.empty(); }
  std::string text() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

inline JsonValue::JsonValue(const JsonObject& object) : text_(object.text()) {}
inline JsonValue::JsonValue(const JsonArray& array) : text_(array.text()) {}
inline JsonValue::JsonValue(const Strings& strings) {
  JsonArray array;
  for (std::string_view text : strings) array.add(text);
  text_ = array.text();
}

}  // namespace comms
