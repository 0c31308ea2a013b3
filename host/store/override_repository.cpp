#include "store/override_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

ProviderOverride from_row(const Row& row) {
  return {row.text("org_id"), everyone_to_empty(row.text("agent_id")), row.text("slot"),
          row.text("provider"), row.integer("created_at")};
}

}  // namespace

Task<Result<std::optional<ProviderOverride>>> OverrideRepository::find(
    std::string_view org_id, std::string_view agent_id, std::string_view slot) const {
  return read_optional(store_, "provider_overrides.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_or_everyone(agent_id)},
                        {"slot", text_value(slot)}},
                       from_row);
}

Task<Result<std::vector<ProviderOverride>>> OverrideRepository::list(
    std::string_view org_id) const {
  return read_all(store_, "provider_overrides.list", {{"org_id", text_value(org_id)}}, from_row);
}

void OverrideRepository::add_set(UnitOfWork& unit, const ProviderOverride& replacement) {
  unit.run("provider_overrides.set", {{"org_id", replacement.org_id},
                                      {"agent_id", text_or_everyone(replacement.agent_id)},
                                      {"slot", replacement.slot},
                                      {"provider", replacement.provider},
                                      {"created_at", replacement.created_at}});
}

void OverrideRepository::add_clear(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view agent_id, std::string_view slot) {
  unit.run("provider_overrides.clear", {{"org_id", text_value(org_id)},
                                        {"agent_id", text_or_everyone(agent_id)},
                                        {"slot", text_value(slot)}});
}

}  // namespace commsd::store
