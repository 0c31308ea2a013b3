#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/callback_endpoints.h"
#include "store/audit_log.h"
#include "store/route_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// The routes of agents as their operators manage them. Every change is one line of the audit log.
/// That a number or mailbox is the organization's own is the operator's word; its owner ends the
/// copies with STOP like any other sender's messages. [any executor]
class Routes {
 public:
  /// `endpoints` checks and seals what concerns webhook_copy; it outlives this.
  Routes(store::Store& store, store::AuditLog& audit, CallbackEndpoints& endpoints,
         const Clock& clock)
      : store_(store), routes_(store), audit_(audit), endpoints_(endpoints), clock_(clock) {}

  /// Targets by the names of the public contract: smsMirror, emailBcc, webhookCopy, callRecording
  /// ("on"). "" ends a route; what is not named stays.
  using Wanted = std::map<std::string, std::string>;

  /// What was checked and is not stored yet: for the unit that makes the agent.
  struct Prepared {
    std::vector<store::Route> routes;  // an empty target ends the route
    std::string secret;                // of a webhook copy that is new; shown once
  };
  /// invalid_argument: an unknown name, or a target that is none; the message says which.
  Result<Prepared> prepare(const Wanted& wanted);
  /// Guarded: the agent is there, and no target is an address of its own.
  void add_set(store::UnitOfWork& unit, const CallbackOwner& owner, const Prepared& prepared);

  /// The secret of a webhook copy that is new, else "". invalid_argument: see above; rejected: a
  /// target is the agent's own address; not_found: no such agent.
  Task<Result<std::string>> set(CallbackOwner owner, Wanted wanted);
  Task<Result<std::vector<store::Route>>> view(std::string org_id, std::string agent_id) const;

  /// The name of the public contract for a kind of route.
  static std::string_view name_of(std::string_view kind);

 private:
  store::Store& store_;
  store::RouteRepository routes_;
  store::AuditLog& audit_;
  CallbackEndpoints& endpoints_;
  const Clock& clock_;
};

}  // namespace commsd::messaging
