#pragma once

#include <algorithm>
#include <map>

#include <comms/cpp/mime_decode.hpp>

namespace comms::mime {

inline std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(begin);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  return text;
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// A field such as Content-Type read apart: its value and its parameters, with what RFC 2231 adds
/// (name*=UTF-8''%C3%BC, name*0=, name*1*=) and what mailers do instead (encoded words).
class Parameters {
 public:
  explicit Parameters(std::string_view field) {
    const std::size_t end = std::min(field.find(';'), field.size());
    value_ = lower(trimmed(field.substr(0, end)));
    field.remove_prefix(end);
    for (std::size_t count = 0; !field.empty() && count < 100; ++count) {
      field.remove_prefix(1);  // the semicolon
      read_one(field);
    }
  }

  const std::string& value() const { return value_; }

  /// "" when there is none.
  std::string operator[](const std::string& name) const {
    if (const auto found = given_.find(name + '*'); found != given_.end()) {
      return extended(found->second);
    }
    if (const auto found = given_.find(name); found != given_.end()) {
      return decode_words(found->second);
    }
    std::string text;
    std::string charset;
    for (int i = 0; i < 100; ++i) {
      const std::string section = name + '*' + std::to_string(i);
      auto found = given_.find(section);
      if (found != given_.end()) {
        text += found->second;
        continue;
      }
      found = given_.find(section + '*');
      if (found == given_.end()) break;
      std::string_view piece = found->second;
      if (i == 0) charset = take_charset(piece);
      text += percent_decode(piece);
    }
    return to_utf8(text, charset);
  }

 private:
  void read_one(std::string_view& field) {
    const std::size_t stop = std::min(field.find_first_of("=;"), field.size());
    const std::string name = lower(trimmed(field.substr(0, stop)));
    field.remove_prefix(stop);
    if (field.empty() || field[0] == ';') return;
    field.remove_prefix(1);
    const std::size_t begin = std::min(field.find_first_not_of(" \t"), field.size());
    field.remove_prefix(begin);
    std::string value;
    if (!field.empty() && field[0] == '"') {
      std::size_t i = 1;
      for (; i < field.size() && field[i] != '"'; ++i) {
        if (field[i] == '\\' && i + 1 < field.size()) ++i;
        value += field[i];
      }
      field.remove_prefix(std::min(i, field.size()));
      field.remove_prefix(std::min(field.find(';'), field.size()));
    } else {
      const std::size_t end = std::min(field.find(';'), field.size());
      value = trimmed(field.substr(0, end));
      field.remove_prefix(end);
    }
    given_.emplace(name, std::move(value));
  }

  static std::string take_charset(std::string_view& text) {
    const std::size_t first = text.find('\'');
    const std::size_t second = first == text.npos ? first : text.find('\'', first + 1);
    if (second == text.npos) return {};
    std::string charset(text.substr(0, first));
    text.remove_prefix(second + 1);
    return charset;
  }
  static std::string extended(std::string_view text) {
    const std::string charset = take_charset(text);
    return to_utf8(percent_decode(text), charset);
  }

  std::string value_;
  std::map<std::string, std::string> given_;
};

}  // namespace comms::mime
