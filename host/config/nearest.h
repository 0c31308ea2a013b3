#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace commsd::config {

/// The known name that `wanted` was probably meant to be; empty when none is close. Counts
/// insertions, deletions, replacements and swapped neighbours (optimal string alignment), and
/// accepts a third of the longer name, or a name that begins with the other.
std::string_view nearest_name(std::string_view wanted, const std::vector<std::string_view>& known);

}  // namespace commsd::config
