#pragma once

#include <deque>
#include <string>
#include <vector>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>
#include <comms/cpp/json.hpp>

namespace convex_plugin {

// Values as Convex writes them in its format "convex_encoded_json", which its own clients use
// (npm convex, src/values/value.ts): a number is a float, {"$integer"} and {"$float"} are eight
// bytes and {"$bytes"} any, little-endian in base64.

void append_value(std::string& json, const comms_value& value, const comms::Crypto& crypto);

/// For an answer that has no value where one must be.
comms::Error no_value();

/// Reads row after row. What read() gives is valid until its next call.
class Row {
 public:
  explicit Row(const comms::Crypto& crypto) : crypto_(crypto) {}
  /// Throws comms::Error(COMMS_UNAVAILABLE) for what is no value.
  const std::vector<comms_value>& read(const comms::JsonNode& values);

 private:
  comms_value read_value(const comms::JsonNode& value);
  std::string bytes_of(const comms::JsonNode& value) const;

  const comms::Crypto& crypto_;
  std::vector<comms_value> values_;
  std::deque<std::string> texts_;  // what the values point to must not move
};

/// Hands on columns and then every row of {"columns": [...], "rows": [[row, ...], ...]}, until
/// `row` returns false. Throws as Row::read().
template <class Columns, class OnRow>
void read_rows(const comms::JsonNode& result, Row& reader, Columns&& columns, OnRow&& row) {
  if (result["rows"].type() != COMMS_JSON_ARRAY) throw no_value();
  std::vector<std::string> names;
  for (const comms::JsonNode name : result["columns"]) names.push_back(name.text());
  std::vector<comms_str> views;
  for (const std::string& name : names) views.push_back(comms::str(name));
  columns(views);
  for (const comms::JsonNode part : result["rows"]) {
    for (const comms::JsonNode values : part) {
      if (!row(reader.read(values))) return;
    }
  }
}

}  // namespace convex_plugin
