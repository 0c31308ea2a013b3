#include "store/bridge_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Bridge from_row(const Row& row) {
  return {row.text("id"),           row.text("org_id"),       row.text("agent_id"),
          row.text("local_number"), row.text("caller"),       row.text("destination"),
          row.text("label"),        row.integer("created_at")};
}

}  // namespace

Task<Result<std::optional<Bridge>>> BridgeRepository::find(std::string_view org_id,
                                                           std::string_view id) const {
  return read_optional(store_, "bridges.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, from_row);
}

Task<Result<std::vector<Bridge>>> BridgeRepository::list(std::string_view org_id,
                                                         std::int64_t limit) const {
  return read_all(store_, "bridges.list", {{"org_id", text_value(org_id)}, {"limit", limit}},
                  from_row);
}

Task<Result<std::optional<Bridge>>> BridgeRepository::find_twin(std::string_view org_id,
                                                                std::string_view local_number,
                                                                std::string_view caller) const {
  return read_optional(store_, "bridges.find_twin",
                       {{"org_id", text_value(org_id)},
                        {"local_number", text_value(local_number)},
                        {"caller", text_value(caller)}},
                       from_row);
}

Task<Result<std::optional<Bridge>>> BridgeRepository::route(std::string_view org_id,
                                                            std::string_view local_number,
                                                            std::string_view caller) const {
  return read_optional(store_, "bridges.route",
                       {{"org_id", text_value(org_id)},
                        {"local_number", text_value(local_number)},
                        {"caller", text_value(caller)}},
                       from_row);
}

void BridgeRepository::add_create(UnitOfWork& unit, const Bridge& bridge) {
  unit.expect(1, "bridges.create",
              {{"id", bridge.id},
               {"org_id", bridge.org_id},
               {"agent_id", bridge.agent_id},
               {"local_number", bridge.local_number},
               {"caller", bridge.caller},
               {"destination", bridge.destination},
               {"label", text_or_null(bridge.label)},
               {"created_at", bridge.created_at}});
}

void BridgeRepository::add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view id) {
  unit.expect(1, "bridges.remove", {{"org_id", text_value(org_id)}, {"id", text_value(id)}});
}

}  // namespace commsd::store
