#include "mcp/http_rules.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::mcp {

namespace {

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::optional<std::string_view> bearer_token(std::optional<std::string_view> authorization) {
  if (!authorization) return std::nullopt;
  const std::string_view text = trim(*authorization);
  constexpr std::string_view scheme = "bearer ";
  if (text.size() <= scheme.size() || !equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  const std::string_view token = trim(text.substr(scheme.size()));
  if (token.empty() || token.find(' ') != std::string_view::npos) return std::nullopt;
  return token;
}

bool accepts(std::optional<std::string_view> accept, std::string_view type) {
  if (!accept) return false;
  std::string_view list = *accept;
  const std::string_view group = type.substr(0, type.find('/') + 1);
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const auto semicolon = item.find(';');
    const std::string_view range = trim(item.substr(0, semicolon));
    const bool matches =
        range == "*/*" || equal_ignoring_case(range, type) ||
        (range.ends_with("/*") && equal_ignoring_case(range.substr(0, range.size() - 1), group));
    if (!matches) continue;
    if (semicolon == std::string_view::npos) return true;
    bool refused = false;
    const std::string parameters = to_lower_ascii(item.substr(semicolon + 1));
    for (const std::string_view parameter : split(parameters, ';')) {
      const std::string_view plain = trim(parameter);
      if (plain.starts_with("q=0") && plain.find_first_not_of("0.", 2) == std::string_view::npos) {
        refused = true;
      }
    }
    if (!refused) return true;
    if (equal_ignoring_case(range, type)) return false;
  }
  return false;
}

bool is_json_type(std::optional<std::string_view> content_type) {
  if (!content_type) return false;
  return equal_ignoring_case(trim(content_type->substr(0, content_type->find(';'))),
                             "application/json");
}

bool is_header_name(std::string_view name) {
  const auto token = [](char c) {
    return is_letter_or_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), token);
}

std::string forwarded_prefix(std::optional<std::string_view> header) {
  if (!header) return {};
  std::string_view prefix = trim(*header);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  const auto plain = [](char c) {
    return is_letter_or_digit(c) || std::string_view("/_-.~").find(c) != std::string_view::npos;
  };
  const bool fits = prefix.size() > 1 && prefix.size() <= 256 && prefix[0] == '/' &&
                    prefix[1] != '/' && std::all_of(prefix.begin(), prefix.end(), plain) &&
                    prefix.find("..") == std::string_view::npos;
  return fits ? std::string(prefix) : std::string();
}

}  // namespace commsd::mcp
