#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include <comms/cpp/types.hpp>

namespace comms {

/// Millionths of a currency unit of a price as vendors write it, "0.00750": digits and one point,
/// no sign. What stands behind the sixth decimal is dropped. COMMS_COST_UNKNOWN for anything else:
/// no price yet, or one that nobody could owe. Never through a double, which would round.
inline std::int64_t price_micros(std::string_view price) {
  constexpr std::int64_t most = (std::numeric_limits<std::int64_t>::max() - 9) / 10;
  std::int64_t micros = 0;
  int decimals = -1;  // -1 = before the point
  bool any_digit = false;
  for (const char c : price) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
    } else if (c >= '0' && c <= '9') {
      any_digit = true;
      if (decimals == 6) continue;
      if (micros > most) return COMMS_COST_UNKNOWN;
      micros = micros * 10 + (c - '0');
      if (decimals >= 0) ++decimals;
    } else {
      return COMMS_COST_UNKNOWN;
    }
  }
  if (!any_digit) return COMMS_COST_UNKNOWN;
  for (int i = std::max(decimals, 0); i < 6; ++i) {
    if (micros > most) return COMMS_COST_UNKNOWN;
    micros *= 10;
  }
  return micros;
}

}  // namespace comms
