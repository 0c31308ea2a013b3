#pragma once

#include "base/clock.h"
#include "identity/data_keys.h"
#include "identity/organization_service.h"
#include "messaging/body_storage.h"
#include "messaging/contact_erasure.h"
#include "ops/control_registry.h"
#include "ops/retention.h"
#include "provisioning/provider_registry.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::ops {

/// What the commands about privacy work on. Everything outlives the control server.
struct PrivacyCommandParts {
  store::Store& store;
  identity::OrganizationService& organizations;
  messaging::ContactErasure& erasure;
  messaging::BodyStorage& bodies;
  identity::DataKeys& keys;
  provisioning::ProviderRegistry& registered;
  Retention& retention;
  const store::AuditLog& audit;
  const Clock& clock;
};

/// Adds, in the form of add_admin_commands:
///
///     contacts.erase  organization, address -> {"id","status","cancelled","suppressionsKept",
///                     "erased":[{"what","rows"}]}
///     bodies.set      organization, agent?, days (a number, or default) -> {"days"}
///     keys.rotate     organization -> {"key"}
///     keys.destroy    organization -> {"destroyed"}
///     keys.reseal     -> {"dataKeys","providers","erasures"}, how many were under the key before
///     holds.list      -> {"holds":[{"organization","reason","since"}]}
///     holds.place     organization, reason? -> {"held":true}
///     holds.lift      organization -> {"held":false}
///     purge.run       dry_run? -> {"dryRun","rows":[{"what","rows"}]}
///
/// They act as "commsctl" in the audit log. Addresses are in the arguments only.
void add_privacy_commands(ControlRegistry& registry, PrivacyCommandParts parts);

}  // namespace commsd::ops
