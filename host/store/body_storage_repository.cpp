#include "store/body_storage_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

BodyStorageChoice from_row(const Row& row) {
  return {row.text("org_id"), everyone_to_empty(row.text("agent_id")), row.integer("days")};
}

}  // namespace

Task<Result<std::vector<BodyStorageChoice>>> BodyStorageRepository::all() const {
  return read_all(store_, "body_storage.all", {}, from_row);
}

void BodyStorageRepository::add_set(UnitOfWork& unit, const BodyStorageChoice& choice,
                                    UnixMillis at) {
  unit.run("body_storage.set", {{"org_id", choice.org_id},
                                {"agent_id", text_or_everyone(choice.agent_id)},
                                {"days", choice.days},
                                {"at", at}});
}

void BodyStorageRepository::add_unset(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view agent_id) {
  unit.run("body_storage.unset",
           {{"org_id", text_value(org_id)}, {"agent_id", text_or_everyone(agent_id)}});
}

}  // namespace commsd::store
