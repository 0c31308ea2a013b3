#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::store {

/// A statement as written in schema/statements.
struct StatementSource {
  std::string name;
  std::string dialect;  // "" = every dialect without a variant of its own
  std::string sql;      // without comments and the final semicolon; parameters are :name
  std::string where;    // "messages.sql:12", for messages
};

/// Splits one file. A statement begins with a line "-- name: aggregate.verb", which may be followed
/// by "-- dialect: postgres"; other comment lines are dropped. Errors: invalid_argument, naming the
/// file and the line: text before the first name, an empty statement, a bad name.
Result<std::vector<StatementSource>> parse_statement_file(std::string_view file,
                                                          std::string_view text);

/// A statement with its parameters numbered.
struct NumberedSql {
  std::string sql;
  std::vector<std::string> parameters;  // parameters[0] is number 1
};

/// Replaces each :name by `marker` and its number ("?1", "$1"); a name that comes again keeps its
/// number. Literals, quoted identifiers and "::" are left alone. Errors: invalid_argument for a ':'
/// without a name and for positional parameters, which would be numbered twice.
Result<NumberedSql> number_parameters(const StatementSource& source, char marker);

}  // namespace commsd::store
