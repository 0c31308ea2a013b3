#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/result.h"

namespace commsd {

/// A read-only view into a JsonDocument, valid while the document lives. Getters return an empty
/// optional when the value has another type, so that a wrong type is never an exception.
class JsonValue {
 public:
  explicit JsonValue(simdjson::dom::element element) : element_(element) {}

  bool is_object() const { return element_.is_object(); }
  bool is_array() const { return element_.is_array(); }
  bool is_string() const { return element_.is_string(); }
  bool is_null() const { return element_.is_null(); }

  std::optional<std::string_view> string() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> number() const;  // integers included
  std::optional<bool> boolean() const;

  /// Member of an object; empty when this is no object or has no such member.
  std::optional<JsonValue> get(std::string_view key) const;
  std::optional<std::string_view> string(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;

  /// Calls `visit(JsonValue)` for each element; nothing when this is no array.
  template <typename Visit>
  void each(Visit visit) const {
    simdjson::dom::array array;
    if (element_.get(array) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element item : array) visit(JsonValue(item));
  }
  /// Calls `visit(std::string_view key, JsonValue)` in document order.
  template <typename Visit>
  void each_member(Visit visit) const {
    simdjson::dom::object object;
    if (element_.get(object) != simdjson::SUCCESS) return;
    for (const auto field : object) visit(field.key, JsonValue(field.value));
  }
  std::size_t size() const;  // elements or members; 0 for scalars

  /// Compact JSON text of this value. Members keep their order, numbers their value.
  std::string to_string() const;

  /// The same with members sorted by key at every level: equal values give equal text, which is
  /// what idempotency compares.
  std::string to_canonical_string() const;

  simdjson::dom::element element() const { return element_; }

 private:
  simdjson::dom::element element_;
};

/// Parsed JSON (RFC 8259) with the owner of its memory. UTF-8 is validated; nesting deeper than
/// `max_depth` and objects that repeat a key are refused, because two parsers that disagree on
/// which one counts are a way around every check.
class JsonDocument {
 public:
  static Result<JsonDocument> parse(std::string_view text, std::size_t max_depth = 64);

  JsonValue root() const { return JsonValue(root_); }

 private:
  explicit JsonDocument(std::unique_ptr<simdjson::dom::parser> parser, simdjson::dom::element root)
      : parser_(std::move(parser)), root_(root) {}

  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element root_;
};

}  // namespace commsd
