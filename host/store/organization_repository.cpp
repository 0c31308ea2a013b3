#include "store/organization_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Organization from_row(const Row& row) {
  return {row.text("id"), row.text("name"), row.text("mode"), row.text("status"),
          row.integer("created_at")};
}

}  // namespace

Task<Result<std::optional<Organization>>> OrganizationRepository::find(
    std::string_view org_id) const {
  return read_optional(store_, "organizations.find", {{"org_id", text_value(org_id)}}, from_row);
}

Task<Result<std::vector<Organization>>> OrganizationRepository::list() const {
  return read_all(store_, "organizations.list", {}, from_row);
}

void OrganizationRepository::add_create(UnitOfWork& unit, const Organization& organization) {
  unit.expect(1, "organizations.create",
              {{"org_id", organization.id},
               {"name", organization.name},
               {"mode", organization.mode},
               {"status", organization.status},
               {"created_at", organization.created_at}});
}

void OrganizationRepository::add_set_mode(UnitOfWork& unit, std::string_view org_id,
                                          std::string_view mode) {
  unit.expect(1, "organizations.set_mode",
              {{"org_id", text_value(org_id)}, {"mode", text_value(mode)}});
}

void OrganizationRepository::add_set_status(UnitOfWork& unit, std::string_view org_id,
                                            std::string_view status) {
  unit.expect(1, "organizations.set_status",
              {{"org_id", text_value(org_id)}, {"status", text_value(status)}});
}

}  // namespace commsd::store
