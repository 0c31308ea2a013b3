#include "provisioning/first_run.h"

#include "store/organization_repository.h"

namespace commsd::provisioning {

Task<Result<std::optional<Welcome>>> first_run(store::Store& store, plugin::Providers& providers,
                                               ProvisioningService& provisioning,
                                               store::AuditLog& audit, const Clock& clock,
                                               const Ids& ids) {
  const store::OrganizationRepository organizations(store);
  auto existing = co_await organizations.list();
  if (!existing) co_return fail(existing.error());
  if (!existing->empty()) co_return std::optional<Welcome>();
  // Nothing is bought at a real vendor for somebody who only looks around.
  const plugin::Scope nobody;
  if (!providers.telephony(nobody) && !providers.email(nobody)) {
    co_return std::optional<Welcome>();
  }

  store::Organization organization;
  organization.id = ids.make("org");
  organization.name = "Sandbox";
  organization.mode = "sandbox";
  organization.status = "active";
  organization.created_at = clock.now();
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, organization);
  audit.add_entry(unit, {organization.id, "system", "organization_created", organization.id, ""});
  Result<store::UnitOutcome> saved = co_await store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return std::optional<Welcome>();

  const plugin::Scope scope{organization.id, ""};
  ProvisionRequest request;
  request.org_id = organization.id;
  request.agent_id = "sandbox-agent";
  request.display_name = "Sandbox agent";
  request.phone = providers.telephony(scope) != nullptr;
  request.voice = request.phone;
  request.whatsapp = request.phone && providers.whatsapp(scope) != nullptr;
  request.email = providers.email(scope) != nullptr;
  request.email_domain = "sandbox.example.com";
  Welcome welcome{organization.id, request.agent_id, ""};
  auto done = co_await provisioning.provision(identity::Principal(), std::move(request));
  if (!done) co_return fail(done.error());
  welcome.agent_token = done->token;
  co_return welcome;
}

}  // namespace commsd::provisioning
