#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// Addresses of agents. Errors of reads: those of Store::query. [any executor]
class ChannelRepository {
 public:
  explicit ChannelRepository(Store& store) : store_(store) {}

  /// Released ones included, by channel.
  Task<Result<std::vector<Channel>>> of_agent(std::string_view org_id,
                                              std::string_view agent_id) const;
  /// The agent's address on one channel, unless released.
  Task<Result<std::optional<Channel>>> find(std::string_view org_id, std::string_view agent_id,
                                            std::string_view channel) const;
  /// System-level: whose address was called, across organizations; released ones are not found.
  Task<Result<std::optional<Channel>>> find_by_address(std::string_view channel,
                                                       std::string_view address) const;

  /// Guarded: the unit is undone when the address is in use on this channel, when the agent has
  /// another on it, or when the agent is not in the organization. A released row is replaced.
  static void add_create(UnitOfWork& unit, const Channel& channel);
  /// Guarded: the unit is undone unless the agent has this channel.
  static void add_set_status(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                             std::string_view channel, std::string_view status);
  /// Does nothing when the agent has no such channel, or gave it back.
  static void add_block(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view channel, bool blocked);

 private:
  Store& store_;
};

}  // namespace commsd::store
