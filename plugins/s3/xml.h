#pragma once

#include <string>
#include <string_view>

namespace s3 {

/// Text of the first element of that name, with the five entities of XML and character references
/// decoded; empty when there is none. Enough for S3's answers, whose elements have no attributes
/// that matter and are asked for by names that occur once. Never throws, whatever `document` is.
std::string xml_text(std::string_view document, std::string_view element);

/// Text as the content of an element.
std::string xml_escape(std::string_view text);

}  // namespace s3
