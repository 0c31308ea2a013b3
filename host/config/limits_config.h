#pragma once

#include <cstdint>
#include <string>

namespace commsd::config {

/// What one agent may do unless its organization or it has other limits. 0 = none allowed.
struct LimitsConfig {
  std::int64_t actions_per_minute = 10;
  std::int64_t actions_per_hour = 100;
  std::int64_t actions_per_day = 500;
  double spend_per_day = 10;  // in the account's currency
  double spend_per_month = 100;
  std::int64_t calls_per_day_same_number = 2;
};

/// What agents are billed, and where the prices and tiers come from.
struct BillingConfig {
  double markup_percent = 0;  // unless organization or agent have their own
  std::string prices;         // a file in place of the prices that ship; "" = those
  std::string tiers;          // the same for tiers
};

}  // namespace commsd::config
