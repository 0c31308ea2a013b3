#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <comms/slot/database.h>

#include "store/statement_registry.h"
#include "store/value.h"

namespace commsd::store {

/// A bound statement as the provider sees it. Borrows everything from `bound`.
class StatementView {
 public:
  explicit StatementView(const BoundStatement& bound);
  StatementView(const StatementView&) = delete;
  StatementView& operator=(const StatementView&) = delete;

  const comms_statement* c() const { return &c_; }

 private:
  std::vector<comms_value> values_;
  comms_statement c_{};
};

/// Copies rows as they arrive.
class RowsBuilder {
 public:
  /// Begins, and forgets what came before: a unit may be run again.
  void set_columns(const comms_str* names, std::size_t count);
  void add(const comms_value* values, std::size_t columns, std::size_t rows);
  Rows take() { return Rows(std::move(columns_), std::move(rows_)); }

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<Value>> rows_;
};

}  // namespace commsd::store
