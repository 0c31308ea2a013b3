#pragma once

#include "base/clock.h"
#include "ops/control_registry.h"
#include "policy/contact_preferences.h"
#include "policy/dnc_import.h"
#include "store/store.h"

namespace commsd::ops {

/// What the commands about contacts work on. Everything outlives the control server.
struct ContactCommandParts {
  store::Store& store;
  policy::ContactPreferences& contacts;
  const policy::DncImport& dnc;
  const Clock& clock;
};

/// Adds, in the form of add_admin_commands:
///
///     dnc.import      file, list, country, checked? (date or moment; default: now), prefix?,
///                     organization? -> {"list","country","entries","checkedAt"}
///     dnc.lists       -> {"lists":[{"list","organization","country","entries","checkedAt"}]}
///     contacts.block  organization, channel, address -> {"blocked":true}
///     contacts.allow  organization, channel, address, agent? -> {"allowed":true}
///
/// They act as "commsctl" in the audit log. Addresses are in the arguments only.
void add_contact_commands(ControlRegistry& registry, ContactCommandParts parts);

}  // namespace commsd::ops
