#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "policy/message_class.h"

namespace commsd::policy {

/// Which kinds of consent on record suffice for an action.
struct RequiredConsent {
  std::array<std::string_view, 3> types{};  // "" = no further one; all "" = none is needed
  std::int64_t valid_days = 0;  // from when it was given; 0 = until it ends or is revoked

  /// Where no rule of a country says otherwise: advertising wants a clear yes (the strictest law
  /// anywhere), an answer or a service message any yes, and what a person has just asked for (a
  /// code) or must know (an emergency) none.
  static RequiredConsent of(MessageClass message_class) {
    switch (message_class) {
      case MessageClass::marketing:
        return {{"express", "", ""}, 0};
      case MessageClass::service:
      case MessageClass::transactional:
        return {{"express", "implied", "transactional"}, 0};
      case MessageClass::otp:
      case MessageClass::emergency:
        break;
    }
    return {};
  }

  bool needed() const { return !types[0].empty(); }
  bool suffices(std::string_view type) const {
    return !type.empty() && std::find(types.begin(), types.end(), type) != types.end();
  }
  UnixMillis granted_after(UnixMillis now) const {
    return valid_days > 0 ? now - valid_days * 86'400'000 : 0;
  }
  /// "express or implied", for people.
  std::string names() const {
    std::string all;
    for (const std::string_view type : types) {
      if (type.empty()) continue;
      if (!all.empty()) all += " or ";
      all += type;
    }
    return all;
  }
};

}  // namespace commsd::policy
