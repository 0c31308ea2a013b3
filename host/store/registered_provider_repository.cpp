#include "store/registered_provider_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

RegisteredProvider from_row(const Row& row) {
  return {everyone_to_empty(row.text("org_id")),
          everyone_to_empty(row.text("agent_id")),
          row.text("slot"),
          row.text("provider"),
          row.text("config_sealed"),
          row.integer("created_at")};
}

}  // namespace

Task<Result<std::vector<RegisteredProvider>>> RegisteredProviderRepository::list_all() const {
  return read_all(store_, "registered_providers.list_all", {}, from_row);
}

void RegisteredProviderRepository::add_set(UnitOfWork& unit, const RegisteredProvider& provider) {
  unit.run("registered_providers.set", {{"org_id", text_or_everyone(provider.org_id)},
                                        {"agent_id", text_or_everyone(provider.agent_id)},
                                        {"slot", provider.slot},
                                        {"provider", provider.provider},
                                        {"config_sealed", text_or_null(provider.config_sealed)},
                                        {"created_at", provider.created_at}});
}

void RegisteredProviderRepository::add_reseal(UnitOfWork& unit, const RegisteredProvider& provider,
                                              std::string_view sealed_before) {
  unit.expect(1, "registered_providers.reseal",
              {{"org_id", text_or_everyone(provider.org_id)},
               {"agent_id", text_or_everyone(provider.agent_id)},
               {"slot", provider.slot},
               {"config_sealed", provider.config_sealed},
               {"config_sealed_before", text_value(sealed_before)}});
}

void RegisteredProviderRepository::add_remove(UnitOfWork& unit,
                                              const RegisteredProvider& provider) {
  unit.run("registered_providers.remove", {{"org_id", text_or_everyone(provider.org_id)},
                                           {"agent_id", text_or_everyone(provider.agent_id)},
                                           {"slot", provider.slot}});
}

void RegisteredProviderRepository::add_remove_agent(UnitOfWork& unit, std::string_view org_id,
                                                    std::string_view agent_id) {
  unit.run("registered_providers.remove_agent",
           {{"org_id", text_or_everyone(org_id)}, {"agent_id", text_or_everyone(agent_id)}});
}

}  // namespace commsd::store
