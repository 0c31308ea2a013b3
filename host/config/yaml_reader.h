#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fault.h"
#include "config/node.h"

namespace commsd::config {

constexpr std::size_t largest_file = 1048576;  // bytes; a real configuration has a few thousand
constexpr std::size_t deepest_nesting = 32;

/// YAML 1.2 text as a Node, within a subset that reads the same for people and for every parser:
/// one document; keys are text and stand once per group; no anchors, aliases, merges or tags (a
/// few lines of aliases can mean gigabytes); `true`, `false`, `null` and decimal numbers are
/// themselves and everything else, `yes` and `012` included, is text.
///
/// Adds one fault per violation to `faults`; the Node then holds what could be read. An empty text
/// is an empty group.
Node read_yaml(std::string_view text, const std::string& file, std::vector<ConfigFault>& faults);

/// The value of a plain (unquoted) scalar by the rules above.
Node plain_scalar(std::string text);

}  // namespace commsd::config
