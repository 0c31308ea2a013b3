#include "tools/organization_json.h"

#include "base/iso_time.h"
#include "identity/organization_service.h"

namespace commsd::tools {

namespace {

void text_or_null(JsonWriter& out, std::string_view name, const std::string& text) {
  out.key(name);
  if (text.empty()) {
    out.null();
  } else {
    out.value(text);
  }
}

}  // namespace

void write_organization(JsonWriter& out, const store::Organization& organization) {
  out.begin_object().field("id", organization.id).field("name", organization.name);
  text_or_null(out, "slug", organization.slug);
  text_or_null(out, "company", organization.company);
  text_or_null(out, "website", organization.website);
  text_or_null(out, "useCase", organization.use_case);
  text_or_null(out, "postalAddress", organization.postal_address);
  out.key("settings");
  if (organization.settings_json.empty()) {
    out.null();
  } else {
    out.raw(organization.settings_json);
  }
  out.field("mode", organization.mode);
  out.field("accountStatus", identity::account_status(organization));
  out.field("agentCount", organization.active_agents);
  out.field("created_at", iso_time(organization.created_at));
  out.field("updated_at", iso_time(organization.reviewed_at.value_or(organization.created_at)));
  out.end_object();
}

}  // namespace commsd::tools
