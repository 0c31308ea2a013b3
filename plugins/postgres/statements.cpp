#include "statements.h"

#include <cctype>

namespace postgres_plugin {

namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string guarded(std::string_view sql, std::size_t parameter_count) {
  const std::string words = upper(sql);
  const bool changes = words.compare(0, 6, "INSERT") == 0 || words.compare(0, 6, "UPDATE") == 0 ||
                       words.compare(0, 6, "DELETE") == 0;
  std::string text = "WITH comms_step AS MATERIALIZED (";
  text.append(sql);
  if (changes && !has_word(words, "RETURNING")) text.append(" RETURNING 1");
  text.append(") SELECT * FROM comms_step LIMIT (SELECT CASE WHEN COUNT(*) <> CAST($")
      .append(std::to_string(parameter_count + 1))
      .append(" AS BIGINT) THEN CAST('")
      .append(guard_mark)
      .append(" ' || COUNT(*) AS BIGINT) END FROM comms_step)");
  return text;
}

Prepared& Statements::find(std::string_view name, std::string_view sql, std::size_t parameter_count,
                           bool with_guard) {
  std::string key(name);
  if (with_guard) key.append("\n");  // no name has that
  const auto found = known_.find(key);
  // The same name with another text, which only a faulty host has: an entry of its own.
  if (found != known_.end() && found->second.sql != sql) key.append("\n").append(sql);
  Known& known = known_[std::move(key)];
  if (known.sql.empty() || known.prepared.refused) {
    known.sql = sql;
    known.prepared = Prepared();
    known.prepared.server_name = "commsd_" + std::to_string(++made_);
    known.prepared.sql = with_guard ? guarded(sql, parameter_count) : std::string(sql);
  }
  return known.prepared;
}

}  // namespace postgres_plugin
