#include "store/setting_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

std::string from_row(const Row& row) {
  return row.text("value_json");
}

Parameters to_parameters(std::string_view org_id, std::string_view name,
                         std::string_view value_json, UnixMillis at) {
  return {{"org_id", text_or_everyone(org_id)},
          {"name", text_value(name)},
          {"value_json", text_value(value_json)},
          {"at", at}};
}

}  // namespace

Task<Result<std::optional<std::string>>> SettingRepository::find(std::string_view org_id,
                                                                 std::string_view name) const {
  return read_optional(store_, "settings.find",
                       {{"org_id", text_or_everyone(org_id)}, {"name", text_value(name)}},
                       from_row);
}

void SettingRepository::add_set(UnitOfWork& unit, std::string_view org_id, std::string_view name,
                                std::string_view value_json, UnixMillis at) {
  unit.run("settings.set", to_parameters(org_id, name, value_json, at));
}

void SettingRepository::add_claim(UnitOfWork& unit, std::string_view org_id, std::string_view name,
                                  std::string_view value_json, UnixMillis at) {
  unit.expect(1, "settings.claim", to_parameters(org_id, name, value_json, at));
}

}  // namespace commsd::store
