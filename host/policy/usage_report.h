#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/limit_repository.h"
#include "store/usage_repository.h"

namespace commsd::policy {

/// today: since midnight; week: with the six days before; month: since the 1st; all: as long as
/// counters are kept. All in UTC.
enum class UsagePeriod { today, week, month, all };
std::optional<UsagePeriod> parse_usage_period(std::string_view name);

/// One agent's actions and what they cost and are billed, in micros.
struct AgentUsage {
  struct Channel {
    std::int64_t count = 0;
    std::int64_t cost = 0;
    std::int64_t billed = 0;
  };
  std::string org_id;
  std::string agent_id;
  std::map<std::string, std::int64_t> actions;  // how often, by kind
  std::map<std::string, Channel> channels;      // voice_call and its like are voice
  std::int64_t count = 0;
  std::int64_t cost = 0;
  std::int64_t billed = 0;  // the sum of the channels', each rounded by itself
  std::int64_t markup_ppm = 0;
};

/// What was used, from the counters. [any executor]
class UsageReport {
 public:
  UsageReport(store::Store& store, const Clock& clock, std::int64_t default_markup_ppm)
      : usage_(store), limits_(store), clock_(clock), default_markup_ppm_(default_markup_ppm) {}

  /// Agents that did something, the dearest first; agent_id "" = all of the organization, org_id ""
  /// = all of all. At most some ten thousand.
  Task<Result<std::vector<AgentUsage>>> agents(std::string org_id, std::string agent_id,
                                               UsagePeriod period) const;

 private:
  store::UsageRepository usage_;
  store::LimitRepository limits_;
  const Clock& clock_;
  std::int64_t default_markup_ppm_;
};

}  // namespace commsd::policy
