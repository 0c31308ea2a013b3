#include "mcp/schema_format.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::mcp {

namespace {

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto scheme = text.substr(0, colon);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(scheme.front())) return false;
  const auto of_scheme = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  const auto of_uri = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  };
  return std::all_of(scheme.begin(), scheme.end(), of_scheme) &&
         std::all_of(text.begin(), text.end(), of_uri);
}

/// RFC 3339 by shape and ranges: "2026-11-22T21:05:00Z", fraction and offset allowed.
bool is_date_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool fits = shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
    if (!fits) return false;
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  if (two(5) < 1 || two(5) > 12 || two(8) < 1 || two(8) > 31 || two(11) > 23 || two(14) > 59 ||
      two(17) > 60) {
    return false;
  }
  std::string_view rest = text.substr(shape.size());
  if (rest.front() == '.') {
    const auto end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) return false;
    rest.remove_prefix(end);
  }
  if (rest == "Z") return true;
  constexpr std::string_view offset = "sdd:dd";
  if (rest.size() != offset.size() || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
    return false;
  }
  const auto digit = [&](std::size_t at) { return rest[at] >= '0' && rest[at] <= '9'; };
  return digit(1) && digit(2) && digit(4) && digit(5);
}

}  // namespace

std::optional<SchemaFormat> schema_format(std::string_view name) {
  if (name == "e164") return SchemaFormat::e164;
  if (name == "email") return SchemaFormat::email;
  if (name == "uri") return SchemaFormat::uri;
  if (name == "date-time") return SchemaFormat::date_time;
  return std::nullopt;
}

std::string_view phrase_of(SchemaFormat format) {
  switch (format) {
    case SchemaFormat::e164:
      return "a phone number in E.164 form such as \"+14155550100\"";
    case SchemaFormat::email:
      return "one e-mail address such as \"ann@example.org\"";
    case SchemaFormat::uri:
      return "an absolute URI such as \"https://example.org/a.png\"";
    case SchemaFormat::date_time:
      return "a date and time such as \"2026-11-22T21:05:00Z\"";
    case SchemaFormat::none:
      break;
  }
  return {};
}

bool has_format(SchemaFormat format, std::string_view text) {
  switch (format) {
    case SchemaFormat::e164:
      return is_e164(text);
    case SchemaFormat::email:
      return is_email_address(text);
    case SchemaFormat::uri:
      return is_uri(text);
    case SchemaFormat::date_time:
      return is_date_time(text);
    case SchemaFormat::none:
      break;
  }
  return true;
}

}  // namespace commsd::mcp
