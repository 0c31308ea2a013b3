#include "values.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace convex_plugin {

namespace {

constexpr std::size_t number_bytes = 8;

std::string little_endian(std::uint64_t bits) {
  std::string out;
  for (std::size_t at = 0; at < number_bytes; ++at) {
    out += static_cast<char>(static_cast<unsigned char>(bits >> (8 * at)));
  }
  return out;
}

std::uint64_t from_little_endian(const std::string& bytes) {
  if (bytes.size() != number_bytes) throw no_value();
  std::uint64_t bits = 0;
  for (std::size_t at = number_bytes; at-- > 0;) {
    bits = bits << 8 | static_cast<unsigned char>(bytes[at]);
  }
  return bits;
}

}  // namespace

comms::Error no_value() {
  return comms::Error(COMMS_UNAVAILABLE, "Convex answered with a value that is none");
}

void append_value(std::string& json, const comms_value& value, const comms::Crypto& crypto) {
  const auto append = [&](const char* type, std::string_view bytes) {
    json += "{\"" + std::string(type) + "\":\"" + crypto.base64(bytes) + "\"}";
  };
  switch (value.type) {
    case COMMS_VALUE_NULL:
      json += "null";
      return;
    case COMMS_VALUE_I64:
    case COMMS_VALUE_BOOL:
      append("$integer", little_endian(static_cast<std::uint64_t>(value.i64)));
      return;
    case COMMS_VALUE_F64: {
      if (!std::isfinite(value.f64)) {  // JSON has no form for it, and SQLite no infinity of NaN
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value.f64, sizeof bits);
        append("$float", little_endian(bits));
        return;
      }
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.17g", value.f64);
      json += digits;
      return;
    }
    case COMMS_VALUE_TEXT:
      comms::append_json_string(json, comms::view(value.bytes));
      return;
    case COMMS_VALUE_BLOB:
      append("$bytes", comms::view(value.bytes));
      return;
    default:
      throw comms::Error(COMMS_INVALID, "a parameter has an unknown type");
  }
}

const std::vector<comms_value>& Row::read(const comms::JsonNode& values) {
  values_.clear();
  texts_.clear();
  for (const comms::JsonNode value : values) values_.push_back(read_value(value));
  return values_;
}

comms_value Row::read_value(const comms::JsonNode& value) {
  switch (value.type()) {
    case COMMS_JSON_NULL:
      return comms::null_value();
    case COMMS_JSON_INTEGER:
    case COMMS_JSON_NUMBER:
      return comms::real_value(value.number());
    case COMMS_JSON_STRING:
      return comms::text_value(texts_.emplace_back(value.text()));
    case COMMS_JSON_OBJECT:
      break;
    default:
      throw no_value();
  }
  if (const comms::JsonNode integer = value["$integer"]) {
    return comms::integer_value(static_cast<std::int64_t>(from_little_endian(bytes_of(integer))));
  }
  if (const comms::JsonNode real = value["$float"]) {
    const std::uint64_t bits = from_little_endian(bytes_of(real));
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    return comms::real_value(number);
  }
  if (const comms::JsonNode bytes = value["$bytes"]) {
    return comms::blob_value(texts_.emplace_back(bytes_of(bytes)));
  }
  throw no_value();
}

std::string Row::bytes_of(const comms::JsonNode& value) const {
  const auto bytes = crypto_.from_base64(value.text());
  if (!bytes || value.type() != COMMS_JSON_STRING) throw no_value();
  return *bytes;
}

}  // namespace convex_plugin
