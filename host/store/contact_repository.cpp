#include "store/contact_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

std::string contact_from_row(const Row& row) {
  return row.text("contact_id");
}

std::string address_from_row(const Row& row) {
  return row.text("address");
}

ThreadEntry entry_from_row(const Row& row) {
  return {row.integer("at"),
          row.text("kind") == "call",
          row.text("direction") == "inbound",
          row.text("channel"),
          row.text("id"),
          row.text("state")};
}

}  // namespace

Task<Result<std::optional<std::string>>> ContactRepository::contact_of(
    std::string_view org_id, std::string_view agent_id, std::string_view address) const {
  return read_optional(store_, "contact_addresses.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"address", text_value(address)}},
                       contact_from_row);
}

Task<Result<std::vector<std::string>>> ContactRepository::addresses(
    std::string_view org_id, std::string_view agent_id, std::string_view contact_id) const {
  return read_all(store_, "contact_addresses.of_contact",
                  {{"org_id", text_value(org_id)},
                   {"agent_id", text_value(agent_id)},
                   {"contact_id", text_value(contact_id)}},
                  address_from_row);
}

Task<Result<std::vector<ThreadEntry>>> ContactRepository::entries(
    std::string_view org_id, std::string_view agent_id, std::string_view address, UnixMillis before,
    std::string_view before_id, std::int64_t limit) const {
  return read_all(store_, "threads.entries",
                  {{"org_id", text_value(org_id)},
                   {"agent_id", text_value(agent_id)},
                   {"address", text_value(address)},
                   {"before", before},
                   {"before_id", text_value(before_id)},
                   {"limit", limit}},
                  entry_from_row);
}

void ContactRepository::add_link(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view address,
                                 std::string_view contact_id, UnixMillis at) {
  unit.expect(1, "contact_addresses.add",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"address", text_value(address)},
               {"contact_id", text_value(contact_id)},
               {"at", at}});
}

void ContactRepository::add_merge(UnitOfWork& unit, std::string_view org_id,
                                  std::string_view agent_id, std::string_view contact_id,
                                  std::string_view into) {
  unit.run("contact_addresses.merge", {{"org_id", text_value(org_id)},
                                       {"agent_id", text_value(agent_id)},
                                       {"contact_id", text_value(contact_id)},
                                       {"into", text_value(into)}});
}

void ContactRepository::add_unlink(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view agent_id, std::string_view address,
                                   std::string_view contact_id) {
  unit.expect(1, "contact_addresses.remove",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"address", text_value(address)}});
  unit.run("contact_addresses.remove_last", {{"org_id", text_value(org_id)},
                                             {"agent_id", text_value(agent_id)},
                                             {"contact_id", text_value(contact_id)}});
}

}  // namespace commsd::store
