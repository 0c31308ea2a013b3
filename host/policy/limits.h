#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/limit_repository.h"

namespace commsd::policy {

/// What one agent may do. Spend is micros; 0 allows nothing.
struct Limits {
  std::int64_t per_minute = 10;  // actions in any 60 seconds
  std::int64_t per_hour = 100;   // ... 60 minutes
  std::int64_t per_day = 500;    // ... day of UTC
  std::int64_t same_number_per_day = 2;
  std::int64_t spend_per_day = 10'000'000;
  std::int64_t spend_per_month = 100'000'000;  // calendar month of UTC

  bool operator==(const Limits&) const = default;
};

/// The limits that come with the tiers of billing; data (config/tiers.yaml). A tier says nothing
/// about calls to one number. [any thread]
class TierTable {
 public:
  /// invalid_argument names the tier and what is wrong with it.
  static Result<TierTable> parse(std::string_view yaml);
  /// The tiers that ship with the server.
  static TierTable standard();

  /// Null for a name that is no tier.
  const Limits* find(std::string_view tier) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, Limits, std::less<>> tiers_;
};

/// The limits that count, each from the first of these that has it: the agent's own, its tier, the
/// organization's own, the organization's tier, the defaults.
Limits effective_limits(const store::LimitSituation& situation, const TierTable& tiers,
                        const Limits& defaults);

}  // namespace commsd::policy
