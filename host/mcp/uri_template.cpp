#include "mcp/uri_template.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::mcp {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What percent_encode() writes.
bool is_value_character(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '%';
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || c == '_';
  });
}

}  // namespace

Result<UriTemplate> UriTemplate::parse(std::string_view text) {
  const auto fault = [&](std::string_view what) {
    return fail(ErrorCode::invalid_argument,
                "the URI template '" + std::string(text) + "' " + std::string(what));
  };
  UriTemplate made;
  made.text_ = text;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '{') {
      const std::size_t end = text.find('}', at);
      const std::string_view name = text.substr(at + 1, end - at - 1);
      if (end == std::string_view::npos || !is_variable_name(name)) {
        return fault("may have only variables of the form {name} (RFC 6570, level 1)");
      }
      if (made.has_variable(name)) return fault("names a variable twice");
      if (!made.parts_.empty() && made.parts_.back().is_variable) {
        return fault("has two variables with nothing between them");
      }
      made.parts_.push_back({std::string(name), true});
      at = end + 1;
      continue;
    }
    const std::size_t end = std::min(text.find('{', at), text.size());
    const std::string_view literal = text.substr(at, end - at);
    if (at > 0 && is_value_character(literal.front())) {
      return fault("needs a reserved character, such as '/', behind each variable");
    }
    made.parts_.push_back({std::string(literal), false});
    at = end;
  }
  if (made.parts_.empty() || made.parts_.front().is_variable ||
      made.parts_.front().text.find(':') == std::string::npos) {
    return fault("must begin with a scheme");
  }
  return made;
}

std::optional<UriTemplate::Variables> UriTemplate::match(std::string_view uri) const {
  Variables values;
  std::string_view rest = uri;
  for (const Part& part : parts_) {
    if (!part.is_variable) {
      if (!rest.starts_with(part.text)) return std::nullopt;
      rest.remove_prefix(part.text.size());
      continue;
    }
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_value_character);
    const auto size = static_cast<std::size_t>(end - rest.begin());
    auto value = percent_decode(rest.substr(0, size));
    if (!value || value->empty() || !is_valid_utf8(*value) || has_control_character(*value)) {
      return std::nullopt;
    }
    values.emplace(part.text, std::move(*value));
    rest.remove_prefix(size);
  }
  if (!rest.empty() || expand(values) != uri) return std::nullopt;
  return values;
}

std::string UriTemplate::expand(const Variables& values) const {
  std::string uri;
  for (const Part& part : parts_) {
    if (!part.is_variable) {
      uri += part.text;
    } else if (const auto value = values.find(part.text); value != values.end()) {
      uri += percent_encode(value->second);
    }
  }
  return uri;
}

bool UriTemplate::has_variable(std::string_view name) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.is_variable && part.text == name; });
}

}  // namespace commsd::mcp
