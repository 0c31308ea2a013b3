#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/unit_of_work.h"
#include "store/value.h"

namespace commsd::store {

/// A statement as the database gets it.
struct Statement {
  std::string name;
  std::string sql;
  std::vector<std::string> parameters;  // parameters[0] is number 1
};

/// A statement with its values in order; ready to cross to another thread.
struct BoundStatement {
  const Statement* statement = nullptr;  // lives as long as its registry
  std::vector<Value> values;
};

struct BoundStep {
  BoundStatement statement;
  std::int64_t expect_changes = UnitOfWork::any_changes;
  bool returns_rows = false;
};
using BoundUnit = std::vector<BoundStep>;

/// Every named statement in one dialect. Immutable once made, so any thread may use it.
class StatementRegistry {
 public:
  using File = std::pair<std::string_view, std::string_view>;  // name and text

  /// Of the files compiled into the program. Errors as of parse().
  static Result<StatementRegistry> embedded(std::string_view dialect);
  /// Errors: invalid_argument, naming file and line: what parse_statement_file() and
  /// number_parameters() refuse, and a name given twice for one dialect. A statement written only
  /// for other dialects is left out; a variant for the dialect goes before one for its parent.
  static Result<StatementRegistry> parse(std::span<const File> files, std::string_view dialect);

  /// Null when there is no such statement.
  const Statement* find(std::string_view name) const;
  const std::map<std::string, Statement, std::less<>>& all() const { return statements_; }

  /// internal when the statement is unknown, or a parameter is missing, unknown or given twice:
  /// faults of the program, found by the first test that runs the statement.
  Result<BoundStatement> bind(std::string_view name, Parameters parameters) const;
  Result<BoundUnit> bind(UnitOfWork unit) const;

 private:
  std::map<std::string, Statement, std::less<>> statements_;
};

}  // namespace commsd::store
