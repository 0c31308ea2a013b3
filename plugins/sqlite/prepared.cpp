#include "prepared.h"

#include <cctype>
#include <cstring>

#include "failure.h"

namespace sqlite_plugin {

namespace {

/// More than the host has statements: a bound against a host that makes up names.
constexpr std::size_t most_statements = 1024;

int bind(sqlite3_stmt* statement, int number, const comms_value& value) {
  const char* data = reinterpret_cast<const char*>(value.bytes.ptr);
  // An empty text or blob may come with a null pointer, which sqlite would take for NULL.
  if (!data) data = "";
  switch (value.type) {
    case COMMS_VALUE_NULL:
      return sqlite3_bind_null(statement, number);
    case COMMS_VALUE_I64:
    case COMMS_VALUE_BOOL:
      return sqlite3_bind_int64(statement, number, value.i64);
    case COMMS_VALUE_F64:
      return sqlite3_bind_double(statement, number, value.f64);
    case COMMS_VALUE_TEXT:
      return sqlite3_bind_text64(statement, number, data, value.bytes.len, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case COMMS_VALUE_BLOB:
      return sqlite3_bind_blob64(statement, number, data, value.bytes.len, SQLITE_STATIC);
    default:
      return SQLITE_MISMATCH;
  }
}

comms_value column(sqlite3_stmt* statement, int index) {
  const auto bytes_of = [&](const void* data) {
    return std::string_view(static_cast<const char*>(data),
                            static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
  };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return comms::integer_value(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT:
      return comms::real_value(sqlite3_column_double(statement, index));
    case SQLITE_TEXT:
      return comms::text_value(bytes_of(sqlite3_column_text(statement, index)));
    case SQLITE_BLOB:
      return comms::blob_value(bytes_of(sqlite3_column_blob(statement, index)));
    default:
      return comms::null_value();
  }
}

}  // namespace

Prepared::Prepared(sqlite3* handle, std::string_view sql) : handle_(handle), sql_(sql) {
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle, sql_.c_str(), static_cast<int>(sql_.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &statement_, &rest);
  if (code != SQLITE_OK) throw failure(handle, "prepare");
  while (*rest != '\0' && std::isspace(static_cast<unsigned char>(*rest))) ++rest;
  if (!statement_ || *rest != '\0') {
    sqlite3_finalize(statement_);
    throw comms::Error(COMMS_INVALID, "prepare: the text is not exactly one statement");
  }
  columns_ = sqlite3_column_count(statement_);
}

void Prepared::begin(const comms_value* parameters, std::size_t count) {
  if (count != static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_))) {
    throw comms::Error(COMMS_INVALID, "the number of parameters does not fit the statement");
  }
  for (std::size_t index = 0; index < count; ++index) {
    if (bind(statement_, static_cast<int>(index) + 1, parameters[index]) != SQLITE_OK) {
      throw failure(handle_, "bind");
    }
  }
}

int Prepared::step() {
  return sqlite3_step(statement_);
}

void Prepared::end() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);  // they point into memory of the caller
}

std::vector<comms_str> Prepared::column_names() const {
  std::vector<comms_str> names;
  for (int index = 0; index < columns_; ++index) {
    const char* name = sqlite3_column_name(statement_, index);
    names.push_back({name, name ? std::strlen(name) : 0});
  }
  return names;
}

const std::vector<comms_value>& Prepared::row() {
  row_.clear();
  for (int index = 0; index < columns_; ++index) row_.push_back(column(statement_, index));
  return row_;
}

Prepared& StatementCache::find(std::string_view name, std::string_view sql) {
  const auto found = prepared_.find(name);
  if (found != prepared_.end() && found->second->sql() == sql) return *found->second;
  if (prepared_.size() >= most_statements) prepared_.clear();
  auto compiled = std::make_unique<Prepared>(handle_, sql);
  return *(prepared_[std::string(name)] = std::move(compiled));
}

}  // namespace sqlite_plugin
