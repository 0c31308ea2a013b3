#pragma once

#include <string>
#include <string_view>

namespace comms {

namespace detail {

/// Length of what looks like a telephone number at the front of `text`; 0 = nothing does.
inline std::size_t number_length(std::string_view text, std::size_t longest_code) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!is_digit(text[0]) && text[0] != '+' && text[0] != '(') return 0;
  std::size_t digits = 0, end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
      end = i + 1;
    } else if (std::string_view("+-(). ").find(c) == std::string_view::npos) {
      break;
    }
  }
  return digits > longest_code ? end : 0;
}

inline std::size_t word_length(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r\n\"'<>,;");
  return end == std::string_view::npos ? text.size() : end;
}

}  // namespace detail

/// A vendor's message without anything personal or secret: vendors repeat the number, the address,
/// the URL or the token they do not like. What is left may be shown and logged. Numbers of at most
/// `longest_code` digits stay: they are error codes, HTTP statuses and limits.
inline std::string redact(std::string_view text, std::size_t longest_code = 5) {
  constexpr std::size_t longest_word = 40;  // ids have 36 at most; what is longer is a token
  std::string out;
  bool word_begins = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, detail::word_length(text));
    if (word_begins && word.find("://") != std::string_view::npos) {
      out += "[url]";
      text.remove_prefix(word.size());
    } else if (word_begins && word.find('@') != std::string_view::npos) {
      out += "[address]";
      text.remove_prefix(word.size());
    } else if (word_begins && word.size() > longest_word) {
      out += "[...]";
      text.remove_prefix(word.size());
    } else if (const std::size_t length = detail::number_length(text, longest_code); length > 0) {
      out += "[number]";
      text.remove_prefix(length);
    } else {
      out += static_cast<unsigned char>(text[0]) < 0x20 ? ' ' : text[0];
      word_begins = word.empty();
      text.remove_prefix(1);
      continue;
    }
    word_begins = false;
  }
  return out;
}

}  // namespace comms
