#include "identity/sealed_columns.h"

#include "base/json.h"
#include "embedded/sealed_columns.h"

namespace commsd::identity {

Result<SealedColumns> SealedColumns::embedded() {
  return parse(commsd::embedded::sealed_columns::sealed_columns_json());
}

Result<SealedColumns> SealedColumns::parse(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  SealedColumns columns;
  bool whole = true;
  for (const auto& [name, into] :
       {std::pair("write", &columns.write_), std::pair("read", &columns.read_)}) {
    const auto list = document->root().get(name);
    whole = whole && list && list->is_array();
    if (!list) continue;
    list->each([&, &statements = *into](JsonValue entry) {
      const auto statement = entry.string("statement");
      const auto value = entry.string("value");
      const auto place = entry.string("place");
      const auto row = entry.string("row");
      whole = whole && statement && value && place && row;
      if (!whole) return;
      statements[std::string(*statement)].push_back(
          {std::string(*value), std::string(*place), std::string(*row)});
    });
  }
  if (!whole) {
    return fail(ErrorCode::invalid_argument,
                "sealed columns: 'write' and 'read' must be lists of "
                "{statement, value, place, row}");
  }
  return columns;
}

const std::vector<SealedColumns::Column>* SealedColumns::written_by(
    std::string_view statement) const {
  const auto found = write_.find(statement);
  return found == write_.end() ? nullptr : &found->second;
}

const std::vector<SealedColumns::Column>* SealedColumns::read_by(std::string_view statement) const {
  const auto found = read_.find(statement);
  return found == read_.end() ? nullptr : &found->second;
}

}  // namespace commsd::identity
