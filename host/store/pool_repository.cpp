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

Parameters key(std::string_view org_id, std::string_view number) {
  return {{"org_id", text_value(org_id)}, {"number", text_value(number)}};
}

}  // namespace

Task<Result<std::vector<PoolNumber>>> PoolRepository::numbers(std::string_view org_id,
                                                              std::int64_t limit) const {
  return read_all(store_, "number_pool.list", {{"org_id", text_value(org_id)}, {"limit", limit}},
                  number_from_row);
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

void PoolRepository::add_remove_sender(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view number) {
  unit.expect(1, "whatsapp_senders.remove", key(org_id, number));
}

}  // namespace commsd::store
