#pragma once

#include <cstdint>
#include <string_view>

namespace commsd::policy {

enum class SmsAlphabet { gsm7, ucs2 };

struct SmsSize {
  SmsAlphabet alphabet = SmsAlphabet::gsm7;
  std::int64_t segments = 1;  // what vendors bill; an empty text is one
};

/// How a text goes over the air (3GPP TS 23.038): in the 7-bit default alphabet when every
/// character has a place there, 160 septets or 153 in each of several segments; else in UCS-2, 70
/// code units or 67. An escaped character and a surrogate pair are not cut apart. `text` is UTF-8;
/// what is not counts as characters outside the alphabet. [any thread]
SmsSize sms_size(std::string_view text);

}  // namespace commsd::policy
