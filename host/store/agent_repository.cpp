#include "store/agent_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Agent from_row(const Row& row) {
  return {row.text("id"),       row.text("org_id"),           row.text("display_name"),
          row.text("status"),   row.text("country"),          row.integer("created_at"),
          row.text("identity"), row.text("blocked_channels"), row.text("routes")};
}

SendContext context_from_row(const Row& row) {
  SendContext context;
  context.agent_status = row.text("agent_status");
  context.agent_country = row.text("agent_country");
  context.address = row.text("address");
  context.channel_status = row.text("channel_status");
  context.org_mode = row.text("org_mode");
  context.opt_out_source = row.text("opt_out_source");
  context.consent_type = row.text("consent_type");
  context.consent_status = row.text("consent_status");
  context.consent_granted_at = row.maybe_integer("consent_granted_at");
  context.consent_expires_at = row.maybe_integer("consent_expires_at");
  context.consent_evidence = row.integer("consent_evidence") != 0;
  context.on_dnc_list = row.boolean("on_dnc_list");
  context.identity = row.text("identity");
  context.provider = row.text("provider");
  context.postal_address = row.text("postal_address");
  context.routes = row.text("routes");
  return context;
}

}  // namespace

Task<Result<std::optional<SendContext>>> AgentRepository::send_context(
    std::string_view org_id, std::string_view agent_id, std::string_view channel,
    std::string_view contact_hash) const {
  return read_optional(store_, "agents.send_context",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"channel", text_value(channel)},
                        {"contact_hash", text_value(contact_hash)}},
                       context_from_row);
}

Task<Result<std::optional<Agent>>> AgentRepository::find(std::string_view org_id,
                                                         std::string_view agent_id) const {
  return read_optional(store_, "agents.find",
                       {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}},
                       from_row);
}

Task<Result<std::optional<Agent>>> AgentRepository::find_for_webhook(
    std::string_view agent_id) const {
  return read_optional(store_, "agents.find_for_webhook", {{"agent_id", text_value(agent_id)}},
                       from_row);
}

Task<Result<std::vector<Agent>>> AgentRepository::list(std::string_view org_id,
                                                       std::string_view after_id,
                                                       std::int64_t limit) const {
  return read_all(
      store_, "agents.list",
      {{"org_id", text_value(org_id)}, {"after_id", text_value(after_id)}, {"limit", limit}},
      from_row);
}

Task<Result<std::vector<Agent>>> AgentRepository::starting_with(std::string_view org_id,
                                                                std::string_view prefix,
                                                                std::int64_t limit) const {
  return read_all(
      store_, "agents.starting_with",
      {{"org_id", text_value(org_id)}, {"prefix", text_value(prefix)}, {"limit", limit}}, from_row);
}

Task<Result<std::int64_t>> AgentRepository::count_active(std::string_view org_id) const {
  return read_count(store_, "agents.count_active", {{"org_id", text_value(org_id)}});
}

void AgentRepository::add_create(UnitOfWork& unit, const Agent& agent) {
  unit.expect(1, "agents.create",
              {{"agent_id", agent.id},
               {"org_id", agent.org_id},
               {"display_name", agent.display_name},
               {"status", agent.status},
               {"country", text_or_null(agent.country)},
               {"created_at", agent.created_at},
               {"identity", agent.identity}});
}

void AgentRepository::add_set_status(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view agent_id, std::string_view status) {
  unit.expect(1, "agents.set_status",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"status", text_value(status)}});
}

void AgentRepository::add_require_active(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view agent_id, std::string_view channel,
                                         std::string_view address) {
  unit.expect(1, "agents.require_active",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"channel", text_value(channel)},
               {"address", text_value(address)}});
}

void AgentRepository::add_deprovision(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view agent_id) {
  unit.expect(1, "agents.deprovision",
              {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void AgentRepository::add_set_blocked_channels(UnitOfWork& unit, std::string_view org_id,
                                               std::string_view agent_id,
                                               std::string_view channels) {
  unit.expect(1, "agents.set_blocked_channels",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"blocked_channels", text_or_null(channels)}});
}

}  // namespace commsd::store
