#include "store/statement_source.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::store {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// aggregate.verb
bool is_statement_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_name_character(c) || c == '.'; }) &&
         name.find('.', dot + 1) == std::string_view::npos;
}

/// What follows "-- <key>:" on this line, if it is such a line.
bool directive(std::string_view line, std::string_view key, std::string_view& value) {
  if (!line.starts_with("--")) return false;
  line = trim(line.substr(2));
  if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') return false;
  value = trim(line.substr(key.size() + 1));
  return true;
}

Result<void> finish(StatementSource& statement) {
  std::string_view sql = trim(statement.sql);
  if (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
  if (sql.empty()) {
    return fail(ErrorCode::invalid_argument,
                statement.where + ": statement '" + statement.name + "' is empty");
  }
  statement.sql = std::string(sql);
  return {};
}

}  // namespace

Result<std::vector<StatementSource>> parse_statement_file(std::string_view file,
                                                          std::string_view text) {
  std::vector<StatementSource> statements;
  std::size_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    const std::string where = std::string(file) + ":" + std::to_string(number);
    std::string_view value;
    if (directive(line, "name", value)) {
      if (!is_statement_name(value)) {
        return fail(ErrorCode::invalid_argument,
                    where + ": '" + std::string(value) + "' is no name; write aggregate.verb");
      }
      if (!statements.empty()) {
        if (Result<void> done = finish(statements.back()); !done) return fail(done.error());
      }
      statements.push_back({std::string(value), {}, {}, where});
    } else if (!statements.empty() && statements.back().sql.empty() &&
               directive(line, "dialect", value)) {
      statements.back().dialect = std::string(value);
    } else if (line.empty() || line.starts_with("--")) {
      continue;
    } else if (statements.empty()) {
      return fail(ErrorCode::invalid_argument, where + ": text before the first '-- name:'");
    } else {
      statements.back().sql.append(line).append("\n");
    }
  }
  if (!statements.empty()) {
    if (Result<void> done = finish(statements.back()); !done) return fail(done.error());
  }
  return statements;
}

Result<NumberedSql> number_parameters(const StatementSource& source, char marker) {
  const std::string& sql = source.sql;
  NumberedSql numbered;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {  // a doubled quote inside simply opens the next literal
      const std::size_t end = sql.find(c, at + 1);
      if (end == std::string::npos) {
        return fail(ErrorCode::invalid_argument, source.where + ": a quote is not closed");
      }
      numbered.sql.append(sql, at, end + 1 - at);
      at = end + 1;
      continue;
    }
    if (c == ':' && at + 1 < sql.size() && sql[at + 1] == ':') {
      numbered.sql.append("::");
      at += 2;
      continue;
    }
    if (c == '?' || c == '$') {
      return fail(ErrorCode::invalid_argument,
                  source.where + ": positional parameter; name it, as in :org_id");
    }
    if (c != ':') {
      numbered.sql += c;
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < sql.size() && is_name_character(sql[end])) ++end;
    const std::string name = sql.substr(at + 1, end - at - 1);
    if (name.empty()) {
      return fail(ErrorCode::invalid_argument, source.where + ": ':' without a parameter's name");
    }
    const auto known = std::find(numbered.parameters.begin(), numbered.parameters.end(), name);
    const auto position = known - numbered.parameters.begin();
    if (known == numbered.parameters.end()) numbered.parameters.push_back(name);
    numbered.sql += marker;
    numbered.sql += std::to_string(position + 1);
    at = end;
  }
  return numbered;
}

}  // namespace commsd::store
