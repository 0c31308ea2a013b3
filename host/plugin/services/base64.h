#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commsd::plugin {

/// RFC 4648 in its four spellings: vendors mix them, so reading takes padding or none. The stricter
/// pair in base/digest.h is for our own formats.
std::string base64_text(std::string_view bytes, bool url_alphabet, bool padded);
/// Empty for characters of another alphabet, inner blanks, wrong padding, and tail bits that are
/// not zero (two texts for one value would defeat a signature check on the text).
std::optional<std::string> base64_bytes(std::string_view text, bool url_alphabet);

}  // namespace commsd::plugin
