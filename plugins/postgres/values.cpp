#include "values.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace postgres_plugin {

namespace {

// pg_type.dat; they never change.
enum TypeId : Oid {
  type_bool = 16,
  type_bytea = 17,
  type_int8 = 20,
  type_int2 = 21,
  type_int4 = 23,
  type_oid = 26,
  type_float4 = 700,
  type_float8 = 701,
  type_numeric = 1700,
  type_void = 2278
};

comms_value number(std::string_view text) {
  std::int64_t whole = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (problem == std::errc() && end == text.data() + text.size()) {
    return comms::integer_value(whole);
  }
  return comms::real_value(std::strtod(text.data(), nullptr));  // libpq ends values with a NUL
}

int nibble(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

/// bytea_output = hex: \x and two digits a byte.
std::string from_hex(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    bytes.push_back(static_cast<char>(nibble(text[at]) * 16 + nibble(text[at + 1])));
  }
  return bytes;
}

}  // namespace

Parameters::Parameters(const comms_value* values, std::size_t count) {
  texts_.reserve(count + 1);
  values_.reserve(count + 1);
  lengths_.reserve(count + 1);
  formats_.reserve(count + 1);
  for (std::size_t index = 0; index < count; ++index) add(values[index]);
}

void Parameters::add(std::int64_t number) {
  add_text(std::to_string(number));
}

void Parameters::add_text(std::string text) {
  bytes_ += text.size();
  texts_.push_back(std::move(text));
  values_.push_back(texts_.back().c_str());
  lengths_.push_back(0);
  formats_.push_back(0);
}

void Parameters::add(const comms_value& value) {
  switch (value.type) {
    case COMMS_VALUE_NULL:
      values_.push_back(nullptr);
      lengths_.push_back(0);
      formats_.push_back(0);
      return;
    case COMMS_VALUE_I64:
    case COMMS_VALUE_BOOL:  // 0 and 1 are read as numbers and as booleans
      return add(value.i64);
    case COMMS_VALUE_F64: {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%.17g", value.f64);
      return add_text(text.data());
    }
    case COMMS_VALUE_TEXT: {
      const std::string_view text = comms::view(value.bytes);
      if (text.find('\0') != std::string_view::npos) {
        throw comms::Error(COMMS_REJECTED, "a text holds a NUL, which PostgreSQL cannot store",
                           "22021");
      }
      return add_text(std::string(text));
    }
    case COMMS_VALUE_BLOB: {
      const std::string_view blob = comms::view(value.bytes);
      values_.push_back(blob.data());  // lives as long as the call
      lengths_.push_back(static_cast<int>(blob.size()));
      formats_.push_back(1);
      bytes_ += blob.size();
      return;
    }
    default:
      throw comms::Error(COMMS_INVALID, "a parameter has no type that is known");
  }
}

std::vector<comms_str> RowReader::columns(const PGresult* result) {
  std::vector<comms_str> names;
  for (int column = 0; column < PQnfields(result); ++column) {
    const char* name = PQfname(result, column);
    names.push_back({name, std::strlen(name)});
  }
  return names;
}

const std::vector<comms_value>& RowReader::read(const PGresult* result, int row) {
  const int columns = PQnfields(result);
  values_.clear();
  blobs_.clear();
  blobs_.reserve(static_cast<std::size_t>(columns));  // values_ points into it
  for (int column = 0; column < columns; ++column) values_.push_back(value(result, row, column));
  return values_;
}

comms_value RowReader::value(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return comms::null_value();
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case type_int8:
    case type_int4:
    case type_int2:
    case type_oid:
    case type_numeric:
      return number(text);
    case type_float8:
    case type_float4:
      return comms::real_value(std::strtod(text.data(), nullptr));
    case type_bool:
      return comms::boolean_value(text == "t");
    case type_bytea:
      return comms::blob_value(blobs_.emplace_back(from_hex(text)));
    case type_void:
      return comms::null_value();
    default:
      return comms::text_value(text);
  }
}

}  // namespace postgres_plugin
