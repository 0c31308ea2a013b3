#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/gate.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/callback_endpoints.h"
#include "messaging/callback_post.h"
#include "store/route_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Tells the second receivers of agents' news what their callbacks are told, under the same form
/// and retries. Best effort: in no order, nothing is acknowledged by it, and what fails too often
/// is a dead row in the history of its subject and nothing else. Shared among the workers of a
/// database. [any executor]
class CallbackCopies {
 public:
  /// All of it outlives this.
  CallbackCopies(store::Store& store, const CallbackEndpoints& endpoints, const CallbackPost& post,
                 const Clock& clock)
      : store_(store), routes_(store), endpoints_(endpoints), post_(post), clock_(clock) {}

  /// Starts what is due; returns how many.
  Task<Result<std::size_t>> run_due();

  std::size_t in_flight() const { return gate_.inside(); }
  /// Starts nothing more and returns when those under way have ended.
  Task<void> close() { return gate_.close(); }

 private:
  Task<void> deliver(Gate::Pass pass, store::CallbackDelivery copy);
  Task<Result<store::CallbackResult>> attempt(const store::CallbackDelivery& copy) const;

  store::Store& store_;
  store::RouteRepository routes_;
  const CallbackEndpoints& endpoints_;
  const CallbackPost& post_;
  const Clock& clock_;
  Gate gate_;
};

}  // namespace commsd::messaging
