#include "values.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace turso_plugin {

namespace {

comms::Error no_value(const std::string& what) {
  return comms::Error(COMMS_UNAVAILABLE,
                      "the database server answered with a value that is none: " + what);
}

std::int64_t to_integer(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) throw no_value("an integer");
  return number;
}

}  // namespace

void append_value(std::string& json, const comms_value& value, const comms::Crypto& crypto) {
  switch (value.type) {
    case COMMS_VALUE_NULL:
      json += R"({"type":"null"})";
      return;
    case COMMS_VALUE_I64:
    case COMMS_VALUE_BOOL:
      json += R"({"type":"integer","value":")" + std::to_string(value.i64) + "\"}";
      return;
    case COMMS_VALUE_F64: {
      if (!std::isfinite(value.f64)) {
        throw comms::Error(COMMS_INVALID, "a number that is not finite has no form in JSON");
      }
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.17g", value.f64);
      json += R"({"type":"float","value":)" + std::string(digits) + '}';
      return;
    }
    case COMMS_VALUE_TEXT:
      json += R"({"type":"text","value":)";
      comms::append_json_string(json, comms::view(value.bytes));
      json += '}';
      return;
    case COMMS_VALUE_BLOB:
      json += R"({"type":"blob","base64":")" + crypto.base64(comms::view(value.bytes)) + "\"}";
      return;
    default:
      throw comms::Error(COMMS_INVALID, "a parameter has an unknown type");
  }
}

ColumnNames::ColumnNames(const comms::JsonNode& columns) {
  for (const comms::JsonNode column : columns) names_.push_back(column["name"].text());
  for (const std::string& name : names_) views_.push_back(comms::str(name));
}

const std::vector<comms_value>& Row::read(const comms::JsonNode& values,
                                          const comms::Crypto& crypto) {
  values_.clear();
  texts_.clear();
  texts_.reserve(values.size());  // what the values point to must not move
  for (const comms::JsonNode value : values) values_.push_back(read_value(value, crypto));
  return values_;
}

comms_value Row::read_value(const comms::JsonNode& value, const comms::Crypto& crypto) {
  const std::string type = value["type"].text();
  if (type == "null") return comms::null_value();
  if (type == "integer") return comms::integer_value(to_integer(value["value"].text()));
  if (type == "float") {
    if (!value["value"]) throw no_value("a float");
    return comms::real_value(value["value"].number());
  }
  if (type == "text") {
    if (value["value"].type() != COMMS_JSON_STRING) throw no_value("a text");
    return comms::text_value(texts_.emplace_back(value["value"].text()));
  }
  if (type == "blob") {
    const auto bytes = crypto.from_base64(value["base64"].text());
    if (!bytes || value["base64"].type() != COMMS_JSON_STRING) throw no_value("a blob");
    return comms::blob_value(texts_.emplace_back(*bytes));
  }
  throw no_value("of type '" + type.substr(0, 20) + "'");
}

}  // namespace turso_plugin
