#pragma once

#include "messaging/callback_endpoints.h"
#include "messaging/scheduled_sends.h"
#include "ops/control_registry.h"
#include "provisioning/provisioning_service.h"

namespace commsd::ops {

/// What the commands work on. Everything outlives the control server.
struct CallbackCommandParts {
  messaging::CallbackEndpoints& callbacks;
  messaging::ScheduledSends& scheduled;
  provisioning::ProvisioningService& provisioning;
};

/// Adds, in the form of add_admin_commands; those of callbacks answer with the callback and its
/// newest deliveries, and with "secret" when one was made:
///
///     callbacks.show    agent, state? (waiting|delivered|dead)
///     callbacks.set     agent, url
///     callbacks.rotate  agent
///     callbacks.enable  agent
///     callbacks.remove  agent
///     callbacks.replay  agent, id? or state? (dead, the default, or delivered), since? (ISO 8601)
///     messages.cancel   id, organization -> {"messageId","status"}
void add_callback_commands(ControlRegistry& registry, const CallbackCommandParts& parts);

}  // namespace commsd::ops
