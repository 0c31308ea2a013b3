#include "store/channel_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Channel from_row(const Row& row) {
  return {row.text("org_id"),   row.text("agent_id"),     row.text("channel"), row.text("address"),
          row.text("provider"), row.text("provider_ref"), row.text("status")};
}

}  // namespace

Task<Result<std::vector<Channel>>> ChannelRepository::of_agent(std::string_view org_id,
                                                               std::string_view agent_id) const {
  return read_all(store_, "channels.of_agent",
                  {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}}, from_row);
}

Task<Result<std::optional<Channel>>> ChannelRepository::find(std::string_view org_id,
                                                             std::string_view agent_id,
                                                             std::string_view channel) const {
  return read_optional(store_, "channels.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"channel", text_value(channel)}},
                       from_row);
}

Task<Result<std::optional<Channel>>> ChannelRepository::find_by_address(
    std::string_view channel, std::string_view address) const {
  return read_optional(store_, "channels.find_by_address",
                       {{"channel", text_value(channel)}, {"address", text_value(address)}},
                       from_row);
}

void ChannelRepository::add_create(UnitOfWork& unit, const Channel& channel) {
  unit.expect(1, "channels.create",
              {{"org_id", channel.org_id},
               {"agent_id", channel.agent_id},
               {"channel", channel.channel},
               {"address", channel.address},
               {"provider", channel.provider},
               {"provider_ref", text_or_null(channel.provider_ref)},
               {"status", channel.status}});
}

void ChannelRepository::add_set_status(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view agent_id, std::string_view channel,
                                       std::string_view status) {
  unit.expect(1, "channels.set_status",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"channel", text_value(channel)},
               {"status", text_value(status)}});
}

void ChannelRepository::add_block(UnitOfWork& unit, std::string_view org_id,
                                  std::string_view agent_id, std::string_view channel,
                                  bool blocked) {
  unit.run("channels.block", {{"org_id", text_value(org_id)},
                              {"agent_id", text_value(agent_id)},
                              {"channel", text_value(channel)},
                              {"status", text_value(blocked ? "blocked" : "active")}});
}

}  // namespace commsd::store
