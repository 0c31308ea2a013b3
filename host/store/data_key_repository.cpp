#include "store/data_key_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

DataKey from_row(const Row& row) {
  return {row.text("org_id"), row.text("id"), row.text("sealed_key"), row.text("server_key")};
}

}  // namespace

Task<Result<std::optional<DataKey>>> DataKeyRepository::newest(std::string_view org_id) const {
  return read_optional(store_, "data_keys.newest", {{"org_id", text_value(org_id)}}, from_row);
}

Task<Result<std::optional<DataKey>>> DataKeyRepository::find(std::string_view org_id,
                                                             std::string_view id) const {
  return read_optional(store_, "data_keys.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, from_row);
}

Task<Result<std::vector<DataKey>>> DataKeyRepository::all() const {
  return read_all(store_, "data_keys.all", {}, from_row);
}

Task<Result<std::int64_t>> DataKeyRepository::count_of_others(
    std::string_view server_key, std::string_view server_key_before) const {
  return read_count(store_, "data_keys.count_of_others",
                    {{"server_key", text_value(server_key)},
                     {"server_key_before", text_value(server_key_before)}});
}

Task<Result<std::vector<DataKey>>> DataKeyRepository::under(std::string_view server_key) const {
  return read_all(store_, "data_keys.under", {{"server_key", text_value(server_key)}}, from_row);
}

void DataKeyRepository::add_reseal(UnitOfWork& unit, const DataKey& key,
                                   std::string_view server_key_before) {
  unit.expect(1, "data_keys.reseal",
              {{"org_id", key.org_id},
               {"id", key.id},
               {"sealed_key", key.sealed_key},
               {"server_key", key.server_key},
               {"server_key_before", text_value(server_key_before)}});
}

void DataKeyRepository::add(UnitOfWork& unit, const DataKey& key, UnixMillis at) {
  unit.expect(1, "data_keys.add",
              {{"org_id", key.org_id},
               {"id", key.id},
               {"sealed_key", key.sealed_key},
               {"server_key", key.server_key},
               {"at", at}});
}

void DataKeyRepository::add_destroy(UnitOfWork& unit, std::string_view org_id) {
  unit.fetch("data_keys.destroy", {{"org_id", text_value(org_id)}});
}

}  // namespace commsd::store
