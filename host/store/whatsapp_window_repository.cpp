#include "store/whatsapp_window_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

UnixMillis opened_from_row(const Row& row) {
  return row.integer("opened_at");
}

}  // namespace

Task<Result<std::optional<UnixMillis>>> WhatsappWindowRepository::opened_at(
    std::string_view org_id, std::string_view agent_id, std::string_view contact_hash) const {
  return read_optional(store_, "whatsapp_windows.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"contact_hash", text_value(contact_hash)}},
                       opened_from_row);
}

void WhatsappWindowRepository::add_open(UnitOfWork& unit, std::string_view org_id,
                                        std::string_view agent_id, std::string_view contact_hash,
                                        UnixMillis at) {
  unit.run("whatsapp_windows.open", {{"org_id", text_value(org_id)},
                                     {"agent_id", text_value(agent_id)},
                                     {"contact_hash", text_value(contact_hash)},
                                     {"at", at}});
}

}  // namespace commsd::store
