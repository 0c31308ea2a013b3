#include "store/organization_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Organization from_row(const Row& row) {
  return {row.text("id"),
          row.text("name"),
          row.text("mode"),
          row.text("status"),
          row.integer("created_at"),
          row.text("slug"),
          row.text("company"),
          row.text("website"),
          row.text("use_case"),
          row.text("settings_json"),
          row.text("review"),
          row.text("review_reason"),
          row.maybe_integer("reviewed_at"),
          row.maybe_integer("agent_slots"),
          row.integer("active_agents"),
          row.text("postal_address")};
}

OrganizationRepository::Slots slots_from_row(const Row& row) {
  return {row.integer("counted"), row.integer("present")};
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
               {"created_at", organization.created_at},
               {"slug", text_or_null(organization.slug)},
               {"company", text_or_null(organization.company)},
               {"website", text_or_null(organization.website)},
               {"use_case", text_or_null(organization.use_case)},
               {"settings_json", text_or_null(organization.settings_json)},
               {"review", organization.review},
               {"postal_address", text_or_null(organization.postal_address)}});
}

void OrganizationRepository::add_set_postal_address(UnitOfWork& unit, std::string_view org_id,
                                                    std::string_view address) {
  unit.expect(1, "organizations.set_postal_address",
              {{"org_id", text_value(org_id)}, {"postal_address", text_or_null(address)}});
}

void OrganizationRepository::add_review(UnitOfWork& unit, const Organization& before,
                                        const Organization& after) {
  unit.expect(1, "organizations.review",
              {{"org_id", before.id},
               {"review", after.review},
               {"mode", after.mode},
               {"status", after.status},
               {"reason", text_or_null(after.review_reason)},
               {"reviewed_at", nullable(after.reviewed_at)},
               {"review_before", before.review},
               {"status_before", before.status}});
}

void OrganizationRepository::add_set_agent_slots(UnitOfWork& unit, std::string_view org_id,
                                                 std::int64_t slots) {
  unit.expect(1, "organizations.set_agent_slots",
              {{"org_id", text_value(org_id)}, {"agent_slots", slots}});
}

void OrganizationRepository::add_take_agent_slot(UnitOfWork& unit, std::string_view org_id,
                                                 std::int64_t default_slots) {
  unit.expect(1, "organizations.take_agent_slot",
              {{"org_id", text_value(org_id)}, {"default_slots", default_slots}});
}

void OrganizationRepository::add_return_agent_slot(UnitOfWork& unit, std::string_view org_id) {
  unit.run("organizations.return_agent_slot", {{"org_id", text_value(org_id)}});
}

Task<Result<std::optional<OrganizationRepository::Slots>>> OrganizationRepository::audit_slots(
    std::string_view org_id) const {
  return read_optional(store_, "organizations.audit_slots", {{"org_id", text_value(org_id)}},
                       slots_from_row);
}

void OrganizationRepository::add_mend_slots(UnitOfWork& unit, std::string_view org_id,
                                            std::int64_t counted) {
  unit.expect(1, "organizations.mend_slots",
              {{"org_id", text_value(org_id)}, {"counted", counted}});
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
