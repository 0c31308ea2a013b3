#pragma once

#include <string>
#include <string_view>

// Numbers in E.164 as the host has them ("+14155550100") and as vendors write them ("14155550100").

namespace comms {

/// `number` without its plus sign; nothing else is looked at.
inline std::string without_plus(std::string_view number) {
  return std::string(number.substr(!number.empty() && number[0] == '+' ? 1 : 0));
}

/// The digits of a number with its country code, with or without the plus sign; "" when it is none:
/// 7 to 15 digits, the first of them no zero (E.164, section 6).
inline std::string e164_digits(std::string_view number) {
  std::string digits = without_plus(number);
  const bool good = digits.size() >= 7 && digits.size() <= 15 && digits[0] != '0' &&
                    digits.find_first_not_of("0123456789") == std::string::npos;
  return good ? digits : std::string();
}

/// What a vendor writes without the plus sign, in E.164. What is no number stays as it is: the name
/// of a sender, an address of SIP, a short code (six digits at most, which has no country).
inline std::string with_plus(std::string_view number) {
  const bool plain =
      number.size() > 6 && number.find_first_not_of("0123456789") == std::string_view::npos;
  return plain ? '+' + std::string(number) : std::string(number);
}

}  // namespace comms
