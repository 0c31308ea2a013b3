#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace commsd::store {

struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

/// One column or parameter. std::monostate is SQL NULL.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob, bool>;

/// NULL for an empty optional.
template <typename T>
Value nullable(const std::optional<T>& maybe) {
  return maybe ? Value(*maybe) : Value();
}
/// NULL for an empty string: the schema never stores ''.
inline Value text_or_null(std::string_view text) {
  return text.empty() ? Value() : Value(std::string(text));
}

/// A statement parameter by the name it has in schema/statements, without the colon.
struct Parameter {
  std::string_view name;  // a string literal, or text that outlives the call
  mutable Value value;    // mutable for Parameters' constructor alone
};

/// A vector that takes the values of the list it is made of, instead of copying each: a send binds
/// a hundred, and most of them are strings on the heap.
class Parameters : public std::vector<Parameter> {
 public:
  Parameters() = default;
  Parameters(std::initializer_list<Parameter> list) {
    reserve(list.size());
    for (const Parameter& parameter : list) {
      push_back({parameter.name, std::move(parameter.value)});
    }
  }
};

/// One result row. Getters by column name return the neutral value (0, "", false) for NULL;
/// is_null() tells them apart. Asking for a column the statement does not have ends the process:
/// that is a fault of the program, found by its first test.
class Row {
 public:
  Row(const std::vector<std::string>* columns, std::vector<Value> values)
      : columns_(columns), values_(std::move(values)) {}

  bool is_null(std::string_view column) const;
  std::int64_t integer(std::string_view column) const;
  double number(std::string_view column) const;
  bool boolean(std::string_view column) const;
  const std::string& text(std::string_view column) const;
  std::optional<std::int64_t> maybe_integer(std::string_view column) const;

  /// In the order of Rows::columns().
  const std::vector<Value>& values() const { return values_; }

 private:
  const Value& at(std::string_view column) const;

  const std::vector<std::string>* columns_;
  std::vector<Value> values_;
};

/// A whole result, copied out of the database: repositories bound it with LIMIT.
class Rows {
 public:
  Rows() = default;
  Rows(std::vector<std::string> columns, std::vector<std::vector<Value>> values);

  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  const Row& front() const { return rows_.front(); }
  const std::vector<std::string>& columns() const { return *columns_; }  // not of a Rows()
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  std::shared_ptr<const std::vector<std::string>> columns_;
  std::vector<Row> rows_;
};

}  // namespace commsd::store
