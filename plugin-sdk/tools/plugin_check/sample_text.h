#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace comms::check {

/// A text that the regular expression accepts (the part of ECMAScript that patterns of settings
/// use: literals, classes, groups, alternatives, counts). Where the pattern leaves the end open,
/// `filler` is appended. `variant` chooses among what a class allows, so that two secrets differ.
/// Nothing when the pattern is beyond that, or the lengths do not allow it.
std::optional<std::string> text_matching(const std::string& pattern, const std::string& filler,
                                         std::size_t variant);

}  // namespace comms::check
