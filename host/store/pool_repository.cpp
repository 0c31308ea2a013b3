#include "store/pool_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

PoolNumber number_from_row(const Row& row) {
  return {row.text("org_id"),
          row.text("number"),
          row.text("country"),
          row.text("capabilities"),
          row.integer("is_default") == 1,
          row.text("status"),
          row.text("label"),
          row.text("provider"),
          row.text("vendor_id"),
          row.text("agent_id"),
          row.integer("created_at")};
}

WhatsappSender sender_from_row(const Row& row) {
  return {row.text("org_id"), row.text("number"),   row.text("sender_id"),    row.text("provider"),
          row.text("status"), row.text("agent_id"), row.integer("created_at")};
}

std::string organization_from_row(const Row& row) {
  return row.text("org_id");
}

NumberRoute route_from_row(const Row& row) {
  return {row.text("owner"), !row.text("pooled").empty(), row.text("last_agent"),
          row.text("default_agent")};
}

Parameters key(std::string_view org_id, std::string_view number) {
  return {{"org_id", text_value(org_id)}, {"number", text_value(number)}};
}

}  // namespace

Task<Result<std::vector<PoolNumber>>> PoolRepository::numbers(std::string_view org_id,
                                                              std::int64_t limit) const {
  return read_all(store_, "number_pool.list", {{"org_id", text_value(org_id)}, {"limit", limit}},
                  number_from_row);
}

void PoolRepository::add_set_number_agent(UnitOfWork& unit, std::string_view org_id,
                                          std::string_view number, std::string_view agent_id) {
  Parameters parameters = key(org_id, number);
  parameters.push_back({"agent_id", text_or_null(agent_id)});
  unit.expect(1, "number_pool.set_agent", std::move(parameters));
}

void PoolRepository::add_set_owners(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view number, std::string_view providers) {
  Parameters parameters = key(org_id, number);
  unit.expect(1, "number_pool.require_known", parameters);
  parameters.push_back({"provider", text_value(providers)});
  unit.run("number_pool.set_owners", parameters);
  unit.run("channels.set_number_owners", std::move(parameters));
}

Task<Result<std::optional<NumberRoute>>> PoolRepository::route(
    std::string_view org_id, std::string_view channel, std::string_view address,
    std::string_view contact_hash) const {
  return read_optional(store_, "number_pool.route",
                       {{"org_id", text_value(org_id)},
                        {"channel", text_value(channel)},
                        {"address", text_value(address)},
                        {"contact_hash", text_value(contact_hash)}},
                       route_from_row);
}

void PoolRepository::add_require_active(UnitOfWork& unit, std::string_view org_id,
                                        std::string_view number) {
  unit.expect(1, "number_pool.require_active", key(org_id, number));
}

void PoolRepository::add_thread(UnitOfWork& unit, std::string_view org_id, std::string_view number,
                                std::string_view contact_hash, std::string_view agent_id,
                                UnixMillis at) {
  unit.run("number_threads.set", {{"org_id", text_value(org_id)},
                                  {"number", text_value(number)},
                                  {"contact_hash", text_value(contact_hash)},
                                  {"agent_id", text_value(agent_id)},
                                  {"at", at}});
}

void PoolRepository::add_number(UnitOfWork& unit, const PoolNumber& number) {
  unit.expect(1, "number_pool.add",
              {{"org_id", number.org_id},
               {"number", number.number},
               {"country", number.country},
               {"capabilities", number.capabilities},
               {"status", number.status},
               {"label", text_or_null(number.label)},
               {"provider", number.provider},
               {"vendor_id", text_or_null(number.vendor_id)},
               {"agent_id", text_or_null(number.agent_id)},
               {"created_at", number.created_at}});
}

void PoolRepository::add_remove_number(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view number) {
  unit.expect(1, "number_pool.remove", key(org_id, number));
}

void PoolRepository::add_set_number_status(UnitOfWork& unit, std::string_view org_id,
                                           std::string_view number, std::string_view status) {
  unit.expect(1, "number_pool.set_status",
              {{"org_id", text_value(org_id)},
               {"number", text_value(number)},
               {"status", text_value(status)}});
}

void PoolRepository::add_set_default(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view number) {
  unit.run("number_pool.clear_default", {{"org_id", text_value(org_id)}});
  unit.expect(1, "number_pool.set_default", key(org_id, number));
}

Task<Result<std::vector<WhatsappSender>>> PoolRepository::senders(std::string_view org_id) const {
  return read_all(store_, "whatsapp_senders.list", {{"org_id", text_value(org_id)}},
                  sender_from_row);
}

Task<Result<std::vector<WhatsappSender>>> PoolRepository::available_senders(
    std::string_view org_id, std::int64_t limit) const {
  return read_all(store_, "whatsapp_senders.available",
                  {{"org_id", text_value(org_id)}, {"limit", limit}}, sender_from_row);
}

void PoolRepository::add_sender(UnitOfWork& unit, const WhatsappSender& sender) {
  unit.expect(1, "whatsapp_senders.add",
              {{"org_id", sender.org_id},
               {"number", sender.number},
               {"sender_id", text_or_null(sender.sender_id)},
               {"provider", sender.provider},
               {"status", sender.status},
               {"created_at", sender.created_at}});
}

void PoolRepository::add_assign_sender(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view number, std::string_view agent_id) {
  unit.expect(1, "whatsapp_senders.assign",
              {{"org_id", text_value(org_id)},
               {"number", text_value(number)},
               {"agent_id", text_value(agent_id)}});
}

void PoolRepository::add_give_back_senders(UnitOfWork& unit, std::string_view org_id,
                                           std::string_view agent_id) {
  unit.run("whatsapp_senders.give_back",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

void PoolRepository::add_set_sender_status(UnitOfWork& unit, const WhatsappSender& before,
                                           std::string_view status) {
  unit.expect(1, "whatsapp_senders.set_status",
              {{"org_id", before.org_id},
               {"number", before.number},
               {"agent_id", before.agent_id},
               {"status_before", before.status},
               {"status", text_value(status)}});
}

Task<Result<std::vector<std::string>>> PoolRepository::organizations_with_senders() const {
  return read_all(store_, "whatsapp_senders.organizations", {}, organization_from_row);
}

void PoolRepository::add_remove_sender(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view number) {
  unit.expect(1, "whatsapp_senders.remove", key(org_id, number));
}

}  // namespace commsd::store
