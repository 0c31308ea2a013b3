#include "policy/reply_text.h"

#include "base/text.h"

namespace commsd::policy {

namespace {

/// "On 3 May 2026, Ada <ada@example.com> wrote:" in whatever language, and the rulers that mail
/// programs put above a copied mail.
bool introduces_quote(std::string_view line) {
  if (line.starts_with('>')) return true;
  if (line.starts_with("-----") || line.starts_with("_____")) return true;
  return line.ends_with(':') && line.find('@') != std::string_view::npos;
}

}  // namespace

std::string_view own_words(std::string_view mail) {
  std::size_t at = 0;
  while (at < mail.size()) {
    const std::size_t end = std::min(mail.find('\n', at), mail.size());
    std::string_view line = mail.substr(at, end - at);
    const bool signature = line == "-- " || line == "-- \r" || line == "--" || line == "--\r";
    if (signature || introduces_quote(trim(line))) return trim(mail.substr(0, at));
    at = end + 1;
  }
  return trim(mail);
}

std::string_view first_line(std::string_view text) {
  text = trim(text);
  return trim(text.substr(0, text.find('\n')));
}

}  // namespace commsd::policy
