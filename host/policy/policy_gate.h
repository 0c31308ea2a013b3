#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "policy/admission.h"
#include "policy/outbound_action.h"
#include "store/agent_repository.h"
#include "store/store.h"

namespace commsd::policy {

struct GateSettings {
  std::string contact_key;  // keys the hashes by which contacts are found (contact_hash)
};

/// The one door in front of everything that reaches a person: messages, calls, voice messages,
/// codes and transfers, at once, scheduled or repeated. The rules are asked in this order, and the
/// first that refuses is named: agent active, channel blocked, opted out. [any executor]
///
/// One read serves all rules; nothing is written here. What must still hold when the action becomes
/// durable is in the Admission as guards.
class PolicyGate {
 public:
  PolicyGate(store::Store& store, GateSettings settings)
      : agents_(store), settings_(std::move(settings)) {}

  /// not_found: no such agent in the organization; rejected: `rule` names which, and
  /// `next_allowed_at` when it would be allowed; else those of Store::query.
  Task<Result<Admission>> admit(OutboundAction action) const;
  /// The same rules again, as they are now, for what was accepted earlier (scheduled, retried).
  Task<Result<Admission>> readmit(OutboundAction action) const;

 private:
  Task<Result<Admission>> decide(OutboundAction action, bool first) const;

  store::AgentRepository agents_;
  GateSettings settings_;
};

}  // namespace commsd::policy
