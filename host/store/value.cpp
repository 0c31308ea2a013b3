#include "store/value.h"

#include <cstdio>
#include <cstdlib>

namespace commsd::store {

namespace {

[[noreturn]] void stop(std::string_view problem, std::string_view column) {
  std::fprintf(stderr, "store: %.*s '%.*s'\n", static_cast<int>(problem.size()), problem.data(),
               static_cast<int>(column.size()), column.data());
  std::abort();
}

}  // namespace

const Value& Row::at(std::string_view column) const {
  for (std::size_t index = 0; index < columns_->size(); ++index) {
    if ((*columns_)[index] == column) return values_[index];
  }
  stop("a result was asked for the column it does not have,", column);
}

bool Row::is_null(std::string_view column) const {
  return std::holds_alternative<std::monostate>(at(column));
}

std::int64_t Row::integer(std::string_view column) const {
  return maybe_integer(column).value_or(0);
}

double Row::number(std::string_view column) const {
  const Value& value = at(column);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return static_cast<double>(integer(column));
}

bool Row::boolean(std::string_view column) const {
  return integer(column) != 0;
}

const std::string& Row::text(std::string_view column) const {
  static const std::string none;
  const Value& value = at(column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes;
  if (std::holds_alternative<std::monostate>(value)) return none;
  stop("a number was asked for as text, in column", column);
}

std::optional<std::int64_t> Row::maybe_integer(std::string_view column) const {
  const Value& value = at(column);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  stop("something else was asked for as an integer, in column", column);
}

Rows::Rows(std::vector<std::string> columns, std::vector<std::vector<Value>> values)
    : columns_(std::make_shared<const std::vector<std::string>>(std::move(columns))) {
  rows_.reserve(values.size());
  for (std::vector<Value>& row : values) rows_.emplace_back(columns_.get(), std::move(row));
}

}  // namespace commsd::store
