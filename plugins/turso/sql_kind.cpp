#include "sql_kind.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace turso_plugin {

namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Behind the quoted text or comment that begins at `at`, else `at`.
std::size_t skip_quiet(std::string_view sql, std::size_t at) {
  const char c = sql[at];
  if (c == '\'' || c == '"' || c == '`') {  // a doubled quote inside begins the next text
    const std::size_t end = sql.find(c, at + 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
  }
  const bool line = sql.substr(at, 2) == "--";
  const bool block = sql.substr(at, 2) == "/*";
  if (!line && !block) return at;
  const std::size_t end = line ? sql.find('\n', at) : sql.find("*/", at + 2);
  return end == std::string_view::npos ? sql.size() : end + (line ? 1 : 2);
}

}  // namespace

bool only_reads(std::string_view sql) {
  int depth = 0;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t behind = skip_quiet(sql, at);
    if (behind != at) {
      at = behind;
      continue;
    }
    const char c = sql[at];
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth > 0 || !is_word(c)) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < sql.size() && is_word(sql[end])) ++end;
    std::string word(sql.substr(at, end - at));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char letter) { return std::toupper(letter); });
    // What names the statement is the first of these outside of parentheses: the tables of WITH
    // stand in some.
    if (word == "SELECT" || word == "VALUES") return true;
    for (const char* other : {"INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER",
                              "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "VACUUM", "ATTACH"}) {
      if (word == other) return false;
    }
    at = end;
  }
  return false;
}

}  // namespace turso_plugin
