#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace commsd::policy {

/// A string of digits to be held against patterns. It keeps, for each digit, the set of places
/// where it stands as bits, so that one step of a pattern is one AND and one shift.
class DigitText {
 public:
  /// At most 31 digits; anything else makes it match nothing.
  explicit DigitText(std::string_view digits);

  /// The whole text, or for `starts` its beginning. The pattern is of the subset that numbering
  /// plans use: digits, \d, [..] with ranges, (?:..), |, ?, {n} and {n,m}. Never backtracks.
  bool matches(std::string_view pattern) const;
  bool starts(std::string_view pattern) const;

 private:
  std::uint32_t alternatives(std::string_view pattern, std::uint32_t places) const;
  std::uint32_t once(std::string_view atom, std::uint32_t places) const;

  std::array<std::uint32_t, 10> where_{};
  std::size_t length_ = 0;
  bool good_ = true;
};

/// Whether a pattern is of that subset: asked once when the table is read, so that matching need
/// not.
bool is_digit_pattern(std::string_view pattern);

}  // namespace commsd::policy
