#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::identity {

/// Which values of which statements are content, and encrypted at rest: data, in
/// schema/privacy/sealed_columns.json.
class SealedColumns {
 public:
  struct Column {
    std::string value;  // parameter or result column
    std::string place;  // table and column, bound into the encryption
    std::string row;    // parameter or result column with the row's id
  };

  static Result<SealedColumns> embedded();
  /// invalid_argument when the text is not of that form.
  static Result<SealedColumns> parse(std::string_view json);

  /// Null for a statement that has none.
  const std::vector<Column>* written_by(std::string_view statement) const;
  const std::vector<Column>* read_by(std::string_view statement) const;

 private:
  using Statements = std::map<std::string, std::vector<Column>, std::less<>>;
  Statements write_;
  Statements read_;
};

}  // namespace commsd::identity
