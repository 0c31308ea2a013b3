#include "store/usage_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Usage from_row(const Row& row) {
  return {row.text("org_id"),         row.text("agent_id"),        row.text("action"),
          row.text("time_window"),    row.integer("window_start"), row.integer("count"),
          row.integer("spend_micros")};
}

UsageTotal total_from_row(const Row& row) {
  return {row.text("org_id"), row.text("agent_id"), row.text("action"), row.integer("count"),
          row.integer("spend_micros")};
}

Parameters to_parameters(const Usage& usage) {
  return {{"org_id", usage.org_id},
          {"agent_id", usage.agent_id},
          {"action", usage.action},
          {"time_window", usage.window},
          {"window_start", usage.window_start},
          {"count", usage.count},
          {"spend_micros", usage.spend_micros}};
}

}  // namespace

Task<Result<std::optional<Usage>>> UsageRepository::find(std::string_view org_id,
                                                         std::string_view agent_id,
                                                         std::string_view action,
                                                         std::string_view window,
                                                         UnixMillis window_start) const {
  return read_optional(store_, "usage.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"action", text_value(action)},
                        {"time_window", text_value(window)},
                        {"window_start", window_start}},
                       from_row);
}

Task<Result<std::vector<Usage>>> UsageRepository::since(std::string_view org_id,
                                                        std::string_view agent_id,
                                                        std::string_view window,
                                                        UnixMillis since) const {
  return read_all(store_, "usage.since",
                  {{"org_id", text_value(org_id)},
                   {"agent_id", text_or_null(agent_id)},
                   {"time_window", text_value(window)},
                   {"since", since}},
                  from_row);
}

void UsageRepository::add(UnitOfWork& unit, const Usage& usage) {
  unit.run("usage.add", to_parameters(usage));
}

void UsageRepository::add_reserve(UnitOfWork& unit, const Usage& usage,
                                  std::optional<std::int64_t> max_count,
                                  std::optional<std::int64_t> max_spend_micros) {
  Parameters parameters = to_parameters(usage);
  parameters.push_back({"max_count", nullable(max_count)});
  parameters.push_back({"max_spend_micros", nullable(max_spend_micros)});
  unit.expect(1, "usage.reserve", std::move(parameters));
}

void UsageRepository::add_reserve_action(UnitOfWork& unit, const Usage& usage,
                                         std::optional<std::int64_t> max_count,
                                         std::optional<std::int64_t> max_spend_micros) {
  unit.expect(1, "usage.reserve_action",
              {{"org_id", usage.org_id},
               {"agent_id", usage.agent_id},
               {"action", usage.action},
               {"time_window", usage.window},
               {"window_start", usage.window_start},
               {"spend_micros", usage.spend_micros},
               {"max_count", nullable(max_count)},
               {"max_spend_micros", nullable(max_spend_micros)}});
}

void UsageRepository::add_sum_up(UnitOfWork& unit, std::string_view org_id, std::string_view window,
                                 UnixMillis window_start) {
  unit.run("usage.sum_up", {{"org_id", text_value(org_id)},
                            {"time_window", text_value(window)},
                            {"window_start", window_start}});
}

Task<Result<std::vector<UsageTotal>>> UsageRepository::totals(std::string_view org_id,
                                                              std::string_view agent_id,
                                                              std::string_view window,
                                                              UnixMillis since,
                                                              std::int64_t limit) const {
  return read_all(store_, "usage.totals",
                  {{"org_id", text_value(org_id)},
                   {"agent_id", text_or_null(agent_id)},
                   {"time_window", text_value(window)},
                   {"since", since},
                   {"limit", limit}},
                  total_from_row);
}

Task<Result<std::vector<UsageTotal>>> UsageRepository::totals_everywhere(std::string_view window,
                                                                         UnixMillis since,
                                                                         std::int64_t limit) const {
  return read_all(store_, "usage.totals_everywhere",
                  {{"time_window", text_value(window)}, {"since", since}, {"limit", limit}},
                  total_from_row);
}

}  // namespace commsd::store
