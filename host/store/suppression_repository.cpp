#include "store/suppression_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Suppression from_row(const Row& row) {
  return {row.text("org_id"),
          everyone_to_empty(row.text("agent_id")),
          everyone_to_empty(row.text("channel")),
          row.text("contact_hash"),
          row.text("source"),
          row.integer("created_at")};
}

}  // namespace

Task<Result<std::optional<Suppression>>> SuppressionRepository::find(
    std::string_view org_id, std::string_view agent_id, std::string_view channel,
    std::string_view contact_hash) const {
  return read_optional(store_, "suppressions.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_or_everyone(agent_id)},
                        {"channel", text_or_everyone(channel)},
                        {"contact_hash", text_value(contact_hash)}},
                       from_row);
}

Task<Result<std::vector<Suppression>>> SuppressionRepository::list(std::string_view org_id,
                                                                   std::string_view agent_id,
                                                                   std::int64_t limit) const {
  return read_all(
      store_, "suppressions.list",
      {{"org_id", text_value(org_id)}, {"agent_id", text_or_null(agent_id)}, {"limit", limit}},
      from_row);
}

void SuppressionRepository::add_suppression(UnitOfWork& unit, const Suppression& suppression) {
  unit.run("suppressions.add", {{"org_id", suppression.org_id},
                                {"agent_id", text_or_everyone(suppression.agent_id)},
                                {"channel", text_or_everyone(suppression.channel)},
                                {"contact_hash", suppression.contact_hash},
                                {"source", suppression.source},
                                {"created_at", suppression.created_at}});
}

void SuppressionRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view agent_id, std::string_view channel,
                                       std::string_view contact_hash) {
  unit.run("suppressions.remove", {{"org_id", text_value(org_id)},
                                   {"agent_id", text_or_everyone(agent_id)},
                                   {"channel", text_or_everyone(channel)},
                                   {"contact_hash", text_value(contact_hash)}});
}

void SuppressionRepository::add_remove_channel(UnitOfWork& unit, std::string_view org_id,
                                               std::string_view channel,
                                               std::string_view contact_hash) {
  unit.run("suppressions.remove_channel", {{"org_id", text_value(org_id)},
                                           {"channel", text_value(channel)},
                                           {"contact_hash", text_value(contact_hash)}});
}

void SuppressionRepository::add_lock_contact(UnitOfWork& unit, std::string_view org_id,
                                             std::string_view contact_hash) {
  unit.run("suppressions.lock_contact",
           {{"org_id", text_value(org_id)}, {"contact_hash", text_value(contact_hash)}});
}

void SuppressionRepository::add_share_contact(UnitOfWork& unit, std::string_view org_id,
                                              std::string_view contact_hash) {
  unit.run("suppressions.share_contact",
           {{"org_id", text_value(org_id)}, {"contact_hash", text_value(contact_hash)}});
}

void SuppressionRepository::add_require_absent(UnitOfWork& unit, std::string_view org_id,
                                               std::string_view agent_id, std::string_view channel,
                                               std::string_view contact_hash) {
  unit.expect(1, "suppressions.require_absent",
              {{"org_id", text_value(org_id)},
               {"agent_id", text_value(agent_id)},
               {"channel", text_value(channel)},
               {"contact_hash", text_value(contact_hash)}});
}

}  // namespace commsd::store
