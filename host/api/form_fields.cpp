#include "api/form_fields.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::api {

namespace {

constexpr std::size_t most_fields = 64;

std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto plain = percent_decode(spaced);
  if (!plain || !is_valid_utf8(*plain) || has_control_character(*plain)) return std::nullopt;
  return plain;
}

}  // namespace

std::optional<FormFields> read_form(std::string_view text) {
  FormFields fields;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto name = decode(pair.substr(0, equals));
    const auto value =
        decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value || fields.size() == most_fields) return std::nullopt;
    if (!fields.emplace(*name, *value).second) return std::nullopt;
  }
  return fields;
}

}  // namespace commsd::api
