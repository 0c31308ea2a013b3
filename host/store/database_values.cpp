#include "store/database_values.h"

namespace commsd::store {

namespace {

comms_str to_str(std::string_view text) {
  return {text.data(), text.size()};
}

comms_bytes to_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string to_string(comms_bytes bytes) {
  return bytes.len ? std::string(reinterpret_cast<const char*>(bytes.ptr), bytes.len) : "";
}

struct ToC {
  comms_value operator()(std::monostate) const { return make(COMMS_VALUE_NULL); }
  comms_value operator()(std::int64_t integer) const {
    comms_value value = make(COMMS_VALUE_I64);
    value.i64 = integer;
    return value;
  }
  comms_value operator()(double number) const {
    comms_value value = make(COMMS_VALUE_F64);
    value.f64 = number;
    return value;
  }
  comms_value operator()(const std::string& text) const {
    comms_value value = make(COMMS_VALUE_TEXT);
    value.bytes = to_bytes(text);
    return value;
  }
  comms_value operator()(const Blob& blob) const {
    comms_value value = make(COMMS_VALUE_BLOB);
    value.bytes = to_bytes(blob.bytes);
    return value;
  }
  comms_value operator()(bool flag) const {
    comms_value value = make(COMMS_VALUE_BOOL);
    value.i64 = flag ? 1 : 0;
    return value;
  }

  static comms_value make(std::int32_t type) {
    comms_value value{};
    value.type = type;
    return value;
  }
};

Value from_c(const comms_value& value) {
  switch (value.type) {
    case COMMS_VALUE_I64:
      return value.i64;
    case COMMS_VALUE_F64:
      return value.f64;
    case COMMS_VALUE_TEXT:
      return to_string(value.bytes);
    case COMMS_VALUE_BLOB:
      return Blob{to_string(value.bytes)};
    case COMMS_VALUE_BOOL:
      return value.i64 != 0;
    default:
      return {};
  }
}

}  // namespace

StatementView::StatementView(const BoundStatement& bound) {
  values_.reserve(bound.values.size());
  for (const Value& value : bound.values) values_.push_back(std::visit(ToC{}, value));
  c_.size = sizeof c_;
  c_.name = to_str(bound.statement->name);
  c_.sql = to_str(bound.statement->sql);
  c_.params = values_.data();
  c_.param_count = values_.size();
}

void RowsBuilder::set_columns(const comms_str* names, std::size_t count) {
  columns_.clear();
  rows_.clear();
  for (std::size_t index = 0; index < count; ++index) {
    columns_.emplace_back(names[index].ptr, names[index].len);
  }
}

void RowsBuilder::add(const comms_value* values, std::size_t columns, std::size_t rows) {
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<Value>& cells = rows_.emplace_back();
    cells.reserve(columns);
    for (std::size_t column = 0; column < columns; ++column) {
      cells.push_back(from_c(values[row * columns + column]));
    }
    cells.resize(columns_.size());  // a faulty provider must not make Row read past the end
  }
}

}  // namespace commsd::store
