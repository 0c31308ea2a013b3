#include "store/requirement_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

std::string id_from_row(const Row& row) {
  return row.text("requirement");
}

}  // namespace

Task<Result<std::vector<std::string>>> RequirementRepository::met(std::string_view org_id) const {
  return read_all(store_, "requirements.met", {{"org_id", text_value(org_id)}}, id_from_row);
}

void RequirementRepository::add_meet(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view requirement, std::string_view evidence,
                                     UnixMillis at) {
  unit.run("requirements.meet", {{"org_id", text_value(org_id)},
                                 {"requirement", text_value(requirement)},
                                 {"evidence", text_or_null(evidence)},
                                 {"at", at}});
}

void RequirementRepository::add_withdraw(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view requirement) {
  unit.run("requirements.withdraw",
           {{"org_id", text_value(org_id)}, {"requirement", text_value(requirement)}});
}

}  // namespace commsd::store
