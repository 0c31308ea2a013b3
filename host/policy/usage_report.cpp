#include "policy/usage_report.h"

#include <algorithm>

#include "policy/calendar.h"
#include "policy/money.h"

namespace commsd::policy {

namespace {

constexpr std::int64_t most_rows = 50'000;

std::string channel_of(const std::string& action) {
  const bool call = action.starts_with("voice_") || action == "bridge_call";
  return call ? "voice" : action.substr(0, action.find('.'));
}

struct Markups {
  std::int64_t organization = 0;
  std::map<std::string, std::int64_t> agents;
};

}  // namespace

std::optional<UsagePeriod> parse_usage_period(std::string_view name) {
  if (name == "today") return UsagePeriod::today;
  if (name == "week") return UsagePeriod::week;
  if (name == "month") return UsagePeriod::month;
  if (name == "all") return UsagePeriod::all;
  return std::nullopt;
}

Task<Result<std::vector<AgentUsage>>> UsageReport::agents(std::string org_id, std::string agent_id,
                                                          UsagePeriod period) const {
  const UnixMillis now = clock_.now();
  const bool by_day = period == UsagePeriod::today || period == UsagePeriod::week;
  const std::string_view window = by_day ? "day" : "month";
  UnixMillis since = 0;
  if (period == UsagePeriod::today) since = day_start(now);
  if (period == UsagePeriod::week) since = day_start(now) - 6 * one_day;
  if (period == UsagePeriod::month) since = month_start(now);

  Task<Result<std::vector<store::UsageTotal>>> reading =
      org_id.empty() ? usage_.totals_everywhere(window, since, most_rows)
                     : usage_.totals(org_id, agent_id, window, since, most_rows);
  Result<std::vector<store::UsageTotal>> totals = co_await std::move(reading);
  if (!totals) co_return fail(totals.error());

  std::vector<AgentUsage> found;  // the rows are in the order of agents
  for (const store::UsageTotal& total : *totals) {
    if (found.empty() || found.back().agent_id != total.agent_id ||
        found.back().org_id != total.org_id) {
      found.emplace_back();
      found.back().org_id = total.org_id;
      found.back().agent_id = total.agent_id;
    }
    AgentUsage& agent = found.back();
    agent.actions[total.action] += total.count;
    AgentUsage::Channel& channel = agent.channels[channel_of(total.action)];
    channel.count += total.count;
    channel.cost += total.spend_micros;
    agent.count += total.count;
    agent.cost += total.spend_micros;
  }

  std::map<std::string, Markups> organizations;
  for (AgentUsage& agent : found) {
    auto known = organizations.find(agent.org_id);
    if (known == organizations.end()) {
      Markups markups;
      markups.organization = default_markup_ppm_;
      auto settings = co_await limits_.all_billing(agent.org_id);
      if (!settings) co_return fail(settings.error());
      for (const store::BillingSettings& one : *settings) {
        if (!one.markup_ppm) continue;
        if (one.agent_id.empty()) {
          markups.organization = *one.markup_ppm;
        } else {
          markups.agents[one.agent_id] = *one.markup_ppm;
        }
      }
      known = organizations.emplace(agent.org_id, std::move(markups)).first;
    }
    const auto own = known->second.agents.find(agent.agent_id);
    agent.markup_ppm = own != known->second.agents.end() ? own->second : known->second.organization;
    for (auto& [name, channel] : agent.channels) {
      channel.billed = billed(channel.cost, agent.markup_ppm);
      agent.billed += channel.billed;
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const AgentUsage& a, const AgentUsage& b) { return a.cost > b.cost; });
  co_return found;
}

}  // namespace commsd::policy
