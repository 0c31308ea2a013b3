#include "messaging/mail_references.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::messaging {

namespace {

constexpr std::size_t most_ids = 100;
/// No mail system makes ids of more; RFC 5322 allows what fits on a line.
constexpr std::size_t longest_id = 400;

/// Printable ASCII with one '@' inside and no brackets, quotes or spaces: narrower than msg-id,
/// whose quoted forms nobody writes any more.
bool is_mail_id(std::string_view id) {
  const std::size_t at = id.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == id.size()) return false;
  if (id.size() > longest_id || id.find('@', at + 1) != std::string_view::npos) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"' && c != ',' && c != ';';
  });
}

}  // namespace

std::vector<std::string> parse_mail_ids(std::string_view field) {
  std::vector<std::string> ids;
  while (ids.size() < most_ids) {
    const std::size_t open = field.find('<');
    if (open == std::string_view::npos) break;
    const std::size_t close = field.find('>', open);
    if (close == std::string_view::npos) break;
    const std::string_view id = trim(field.substr(open + 1, close - open - 1));
    if (is_mail_id(id) && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.emplace_back(id);
    field.remove_prefix(close + 1);
  }
  // Some vendors strip the brackets of a single id.
  if (ids.empty() && is_mail_id(trim(field))) ids.emplace_back(trim(field));
  return ids;
}

std::string write_references(const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  std::string first = '<' + ids.front() + '>';
  std::string last;
  for (std::size_t i = ids.size() - 1; i > 0; --i) {
    std::string one = " <" + ids[i] + '>';
    if (first.size() + one.size() + last.size() > longest_references) break;
    last.insert(0, one);
  }
  return first + last;
}

std::string make_mail_id(std::string_view message_id, std::string_view from) {
  std::string_view domain = from.substr(from.rfind('@') + 1);
  domain = domain.substr(0, domain.find('>'));
  return std::string(message_id) + '@' + std::string(domain);
}

bool is_answer(std::string_view subject) {
  return to_lower_ascii(trim(subject).substr(0, 3)) == "re:";
}

std::string answer_subject(std::string_view subject) {
  return is_answer(subject) ? std::string(subject) : "Re: " + std::string(trim(subject));
}

}  // namespace commsd::messaging
