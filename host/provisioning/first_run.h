#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/token_service.h"
#include "provisioning/provisioning_service.h"
#include "store/store.h"

namespace commsd::provisioning {

/// What somebody who starts the server for the first time gets to work with.
struct Welcome {
  std::string org_id;
  std::string agent_id;
  std::string agent_token;  // shown once
};

/// Makes a sandbox organization with one agent when the store has no organization; empty when it
/// has one. The agent gets every channel for which a sandbox provider is active; `providers` must
/// yield only such ones for an organization in sandbox mode, and without any nothing is made.
Task<Result<std::optional<Welcome>>> first_run(store::Store& store, plugin::Providers& providers,
                                               ProvisioningService& provisioning,
                                               store::AuditLog& audit, const Clock& clock,
                                               const Ids& ids);

}  // namespace commsd::provisioning
