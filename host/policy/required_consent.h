#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "policy/verdict.h"
#include "store/consent_repository.h"

namespace commsd::policy {

/// What the rules of countries ask of a consent, as the row on record is held against it.
struct RequiredConsent {
  std::array<std::string_view, 3> types{};  // "" = no further one
  std::int64_t valid_days = 0;              // 0 = until it ends or is revoked
  std::int64_t implied_valid_days = 0;      // of implied consent; 0 = as the others
  bool evidence = false;                    // there must be something that shows it

  explicit RequiredConsent(const ConsentNeed& need)
      : valid_days(need.valid_days),
        implied_valid_days(need.implied_valid_days),
        evidence(need.written) {
    std::size_t count = 0;
    if (need.express) types[count++] = "express";
    if (need.implied) types[count++] = "implied";
    if (need.transactional) types[count++] = "transactional";
  }

  store::SufficientConsent at(UnixMillis now) const {
    const auto after = [now](std::int64_t days) {
      return days > 0 ? now - days * 86'400'000 : UnixMillis{0};
    };
    const std::int64_t implied = implied_valid_days > 0 ? implied_valid_days : valid_days;
    return {types, after(valid_days), after(implied), now, evidence};
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
