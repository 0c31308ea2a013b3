#pragma once

#include "identity/organization_service.h"
#include "ops/control_registry.h"
#include "provisioning/pools.h"
#include "provisioning/provisioning_service.h"
#include "store/store.h"

namespace commsd::ops {

struct TenancyCommandParts {
  store::Store& store;
  identity::OrganizationService& organizations;
  provisioning::ProvisioningService& provisioning;
  provisioning::Pools& pools;
};

/// Adds, in the form of add_admin_commands; lists are texts with spaces or commas:
///
///     organizations.review  id, action (approve|reject|suspend), reason? -> {"id","mode","status"}
///     organizations.slots   id, slots -> {"id","slots"}
///     organizations.requirements
///                           id, country -> {"requirements":[{"id","met","blocking","text"}]}
///     organizations.meet    id, requirement, evidence?, met? (false takes it back) -> {"id",
///                           "requirement","met"}
///     agents.block          id, channels ("" = none) -> {"agent","blocked"}
///     agents.deprovision    id, keep_number? -> {"agent","warnings"}
///     numbers.list          organization -> {"numbers":[...]}
///     numbers.add           organization, number? (left out: buy one), country?, capabilities?,
///                           label?, agent? -> {"number"}
///     numbers.remove        organization, number -> {"removed":true}
///     numbers.set           organization, number, to (default|active|disabled|agent), agent? ("" =
///                           nobody) -> {"number","is"}
///     senders.list          organization -> {"senders":[...]}
///     senders.refill        organization, country?, size? -> {"added","available"}
///     senders.check         organization -> {"online","offline","gone"}
///     domains.list          organization -> {"domains":[...]}
///     domains.verify        organization, domain -> {"domain","status","records"}
///     domains.assign        organization, domain -> {"domain","status"}
///     domains.remove        organization, domain -> {"removed":true}
///     provisioning.check    organization, mend? -> {"slots","unsettled"}
void add_tenancy_commands(ControlRegistry& registry, TenancyCommandParts parts);

}  // namespace commsd::ops
