#include "policy/digit_pattern.h"

#include <charconv>
#include <optional>

namespace commsd::policy {
namespace {

constexpr std::size_t longest_text = 31;  // places are bits of 32
constexpr unsigned most_repeats = 31;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The end of the atom at the start of `pattern`; 0 = there is none.
std::size_t atom_length(std::string_view pattern) {
  if (pattern.empty()) return 0;
  if (is_digit(pattern[0])) return 1;
  if (pattern[0] == '\\') return pattern.size() > 1 && pattern[1] == 'd' ? 2 : 0;
  if (pattern[0] == '[') {
    const std::size_t end = pattern.find(']');
    return end == std::string_view::npos || end == 1 ? 0 : end + 1;
  }
  if (!pattern.starts_with("(?:")) return 0;
  int depth = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '(') ++depth;
    if (pattern[at] == ')' && --depth == 0) return at + 1;
  }
  return 0;
}

struct Repeat {
  unsigned least = 1;
  unsigned most = 1;
};

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most_repeats) {
    return std::nullopt;
  }
  return value;
}

/// Takes a quantifier off the front; nullopt when there is one that cannot be read.
std::optional<Repeat> take_repeat(std::string_view& pattern) {
  if (pattern.starts_with('?')) {
    pattern.remove_prefix(1);
    return Repeat{0, 1};
  }
  if (!pattern.starts_with('{')) return Repeat{};
  const std::size_t end = pattern.find('}');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = pattern.substr(1, end - 1);
  pattern.remove_prefix(end + 1);
  const std::size_t comma = inside.find(',');
  const auto least = number(inside.substr(0, comma));
  const auto most = comma == std::string_view::npos ? least : number(inside.substr(comma + 1));
  if (!least || !most || *least > *most) return std::nullopt;
  return Repeat{*least, *most};
}

bool is_class(std::string_view inside) {
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (!is_digit(inside[at])) return false;
    if (at + 2 < inside.size() && inside[at + 1] == '-') {
      if (!is_digit(inside[at + 2]) || inside[at + 2] < inside[at]) return false;
      at += 2;
    }
  }
  return true;
}

bool is_pattern(std::string_view pattern, int depth) {
  while (!pattern.empty()) {
    if (pattern[0] == '|') {
      pattern.remove_prefix(1);
      continue;
    }
    const std::size_t length = atom_length(pattern);
    if (length == 0 || depth > 16) return false;
    const std::string_view atom = pattern.substr(0, length);
    if (atom[0] == '[' && !is_class(atom.substr(1, length - 2))) return false;
    if (atom[0] == '(' && !is_pattern(atom.substr(3, length - 4), depth + 1)) return false;
    pattern.remove_prefix(length);
    if (!take_repeat(pattern)) return false;
  }
  return true;
}

}  // namespace

bool is_digit_pattern(std::string_view pattern) {
  return !pattern.empty() && is_pattern(pattern, 0);
}

DigitText::DigitText(std::string_view digits) : length_(digits.size()) {
  good_ = length_ <= longest_text;
  for (std::size_t at = 0; good_ && at < length_; ++at) {
    good_ = is_digit(digits[at]);
    if (good_) where_.at(static_cast<std::size_t>(digits[at] - '0')) |= 1U << at;
  }
}

bool DigitText::matches(std::string_view pattern) const {
  return good_ && (alternatives(pattern, 1U) & (1U << length_)) != 0;
}

bool DigitText::starts(std::string_view pattern) const {
  return good_ && alternatives(pattern, 1U) != 0;
}

// A set of places goes in, the set of places where the match may have got to comes out.
std::uint32_t DigitText::alternatives(std::string_view pattern, std::uint32_t places) const {
  std::uint32_t out = 0;
  std::uint32_t current = places;
  while (!pattern.empty()) {
    if (pattern[0] == '|') {
      pattern.remove_prefix(1);
      out |= current;
      current = places;
      continue;
    }
    const std::size_t length = atom_length(pattern);
    if (length == 0) return 0;  // is_digit_pattern was not asked
    const std::string_view atom = pattern.substr(0, length);
    pattern.remove_prefix(length);
    const auto repeat = take_repeat(pattern);
    if (!repeat) return 0;
    for (unsigned count = 0; count < repeat->least; ++count) current = once(atom, current);
    std::uint32_t further = current;
    for (unsigned count = repeat->least; count < repeat->most && further != 0; ++count) {
      further = once(atom, further);
      current |= further;
    }
  }
  return out | current;
}

std::uint32_t DigitText::once(std::string_view atom, std::uint32_t places) const {
  if (places == 0) return 0;
  if (atom[0] == '(') return alternatives(atom.substr(3, atom.size() - 4), places);
  const auto of = [this](char c) { return where_.at(static_cast<std::size_t>(c - '0')); };
  std::uint32_t allowed = 0;
  if (atom[0] == '\\') {
    allowed = (1U << length_) - 1U;
  } else if (atom[0] == '[') {
    for (std::size_t at = 1; at + 1 < atom.size(); ++at) {
      const bool range = at + 3 < atom.size() && atom[at + 1] == '-';
      const char last = range ? atom[at + 2] : atom[at];
      for (char c = atom[at]; c <= last; ++c) allowed |= of(c);
      if (range) at += 2;
    }
  } else {
    allowed = of(atom[0]);
  }
  return (places & allowed) << 1U;
}

}  // namespace commsd::policy
