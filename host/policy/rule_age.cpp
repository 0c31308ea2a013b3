#include "policy/rule_age.h"

namespace commsd::policy {

namespace {

constexpr UnixMillis day_ms = 86'400'000;

}  // namespace

std::vector<StaleFile> stale_files(const ComplianceEngine& countries, const PhoneNumbers& numbers,
                                   const AgeLimits& limits, UnixMillis now) {
  std::vector<StaleFile> stale;
  const std::int64_t table = numbers.age_days(now);
  if (table > limits.numbers_days) stale.push_back({"numbers.txt", table, limits.numbers_days});
  for (const auto& [file, verified_on] : countries.verified_on()) {
    const std::int64_t days = (now - verified_on) / day_ms;
    if (days > limits.rules_days) stale.push_back({file, days, limits.rules_days});
  }
  return stale;
}

}  // namespace commsd::policy
