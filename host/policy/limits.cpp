#include "policy/limits.h"

#include <cstdio>
#include <cstdlib>

#include <yaml-cpp/yaml.h>

#include "embedded/content.h"
#include "policy/money.h"

namespace commsd::policy {

namespace {

constexpr std::int64_t most_actions = 100'000'000;

tl::unexpected<Error> wrong(const std::string& tier, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "tiers: '" + tier + "': " + what);
}

}  // namespace

Result<TierTable> TierTable::parse(std::string_view yaml) try {
  const YAML::Node root = YAML::Load(std::string(yaml));
  const YAML::Node tiers = root.IsMap() ? root["tiers"] : YAML::Node();
  if (!tiers || !tiers.IsMap() || tiers.size() == 0) {
    return fail(ErrorCode::invalid_argument, "tiers: there must be a group 'tiers'");
  }
  TierTable table;
  for (const auto& member : tiers) {
    const auto name = member.first.as<std::string>();
    const YAML::Node entry = member.second;
    if (!entry.IsMap()) return wrong(name, "must be a group of limits");
    Limits limits;
    const std::pair<const char*, std::int64_t*> counts[] = {{"per_minute", &limits.per_minute},
                                                            {"per_hour", &limits.per_hour},
                                                            {"per_day", &limits.per_day}};
    for (const auto& [key, target] : counts) {
      if (!entry[key]) return wrong(name, std::string("'") + key + "' is missing");
      *target = entry[key].as<std::int64_t>();
      if (*target < 0 || *target > most_actions) {
        return wrong(name, std::string("'") + key + "' is out of range");
      }
    }
    const std::pair<const char*, std::int64_t*> spends[] = {
        {"spend_per_day", &limits.spend_per_day}, {"spend_per_month", &limits.spend_per_month}};
    for (const auto& [key, target] : spends) {
      const auto micros = parse_micros(entry[key].as<std::string>(""));
      if (!micros) return wrong(name, std::string("'") + key + "' must be a decimal amount");
      *target = *micros;
    }
    table.tiers_[name] = limits;
  }
  return table;
} catch (const YAML::Exception& error) {
  return fail(ErrorCode::invalid_argument, std::string("tiers: ") + error.what());
}

TierTable TierTable::standard() {
  Result<TierTable> table = parse(embedded::content::tiers_yaml());
  if (!table) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", table.error().message.c_str());
    std::abort();
  }
  return std::move(*table);
}

const Limits* TierTable::find(std::string_view tier) const {
  const auto found = tiers_.find(tier);
  return found == tiers_.end() ? nullptr : &found->second;
}

std::vector<std::string> TierTable::names() const {
  std::vector<std::string> names;
  for (const auto& [name, limits] : tiers_) names.push_back(name);
  return names;
}

Limits effective_limits(const store::LimitSituation& situation, const TierTable& tiers,
                        const Limits& defaults) {
  const Limits* agent_tier = tiers.find(situation.agent_tier);
  const Limits* organization_tier = tiers.find(situation.organization_tier);
  const auto pick = [&](std::optional<std::int64_t> store::LimitSettings::*own,
                        std::int64_t Limits::*member, bool in_tiers = true) {
    if (situation.agent.*own) return *(situation.agent.*own);
    if (agent_tier && in_tiers) return agent_tier->*member;
    if (situation.organization.*own) return *(situation.organization.*own);
    if (organization_tier && in_tiers) return organization_tier->*member;
    return defaults.*member;
  };
  using Settings = store::LimitSettings;
  Limits limits;
  limits.per_minute = pick(&Settings::per_minute, &Limits::per_minute);
  limits.per_hour = pick(&Settings::per_hour, &Limits::per_hour);
  limits.per_day = pick(&Settings::per_day, &Limits::per_day);
  limits.same_number_per_day =
      pick(&Settings::same_number_per_day, &Limits::same_number_per_day, false);
  limits.spend_per_day = pick(&Settings::spend_per_day, &Limits::spend_per_day);
  limits.spend_per_month = pick(&Settings::spend_per_month, &Limits::spend_per_month);
  return limits;
}

}  // namespace commsd::policy
