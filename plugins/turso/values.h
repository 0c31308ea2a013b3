#pragma once

#include <string>
#include <vector>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>
#include <comms/cpp/json.hpp>

namespace turso_plugin {

/// Appends a parameter as Hrana writes values (HRANA_3_SPEC, "Values"): a 64-bit integer as text,
/// because JSON readers take numbers for doubles. Throws comms::Error(COMMS_INVALID) for what has
/// no form there.
void append_value(std::string& json, const comms_value& value, const comms::Crypto& crypto);

/// The names of an answer's columns.
class ColumnNames {
 public:
  explicit ColumnNames(const comms::JsonNode& columns);
  ColumnNames(const ColumnNames&) = delete;
  ColumnNames& operator=(const ColumnNames&) = delete;

  const std::vector<comms_str>& views() const { return views_; }

 private:
  std::vector<std::string> names_;
  std::vector<comms_str> views_;
};

/// One row of an answer, and what its values borrow.
class Row {
 public:
  /// Valid until the next call. Throws comms::Error(COMMS_UNAVAILABLE) for what is no value.
  const std::vector<comms_value>& read(const comms::JsonNode& values, const comms::Crypto& crypto);

 private:
  comms_value read_value(const comms::JsonNode& value, const comms::Crypto& crypto);

  std::vector<comms_value> values_;
  std::vector<std::string> texts_;
};

}  // namespace turso_plugin
