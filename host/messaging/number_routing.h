#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "store/agent_repository.h"
#include "store/organization_repository.h"
#include "store/pool_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Says whose it is when something comes in at a number: the agent whose own number was called; of
/// a number of the pool, the agent that last wrote to or called the contact from there, else the
/// one that an operator named for the number. The path of a webhook says no more than whose account
/// it is: numbers are shared, kept when agents go, and moved at vendors. [any executor]
class NumberRouting {
 public:
  NumberRouting(store::Store& store, std::string contact_key)
      : agents_(store),
        organizations_(store),
        pools_(store),
        contact_key_(std::move(contact_key)) {}

  /// How a webhook path names an organization's pool instead of an agent; no agent's id has a ':'.
  static std::string pool_path(std::string_view org_id) { return "pool:" + std::string(org_id); }

  /// The agent that a webhook path names, or one without an id for a pool. Nothing when there is
  /// none.
  Task<Result<std::optional<store::Agent>>> of_path(std::string name) const;

  /// The agent that something is for which came from `from` to `to`; `in_path` when `to` is
  /// nobody's in the organization. Nothing: it is a number of the pool, and nobody is there to take
  /// it.
  Task<Result<std::optional<store::Agent>>> find(store::Agent in_path, std::string channel,
                                                 std::string to, std::string from) const;

 private:
  store::AgentRepository agents_;
  store::OrganizationRepository organizations_;
  store::PoolRepository pools_;
  std::string contact_key_;
};

/// Tells the operator of what could not be given to anybody: a log line and a metric.
void report_unrouted(std::string_view org_id, std::string_view channel);
/// The same to the vendor, whose console shows it: not_found, with this rule.
inline constexpr std::string_view unrouted_rule = "unrouted";
Error unrouted(std::string_view channel);

}  // namespace commsd::messaging
