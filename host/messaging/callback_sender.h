#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "base/gate.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/callback_endpoints.h"
#include "messaging/callback_post.h"
#include "messaging/change_listener.h"
#include "store/callback_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Tells agents' own hosts what happened. At least once: a process that ends between the answer and
/// its record tells again, under the same `webhook-id`. In order within a lane (an agent, a channel
/// and a contact), side by side otherwise, shared among all workers of one database.
///
/// Only 2xx is a success, and acknowledges the inbox item. 410 ends a delivery at once. What failed
/// too often is a dead letter: the item goes on waiting in the inbox and says why.
/// [any executor]
class CallbackSender {
 public:
  /// `post` outlives this.
  CallbackSender(store::Store& store, const CallbackEndpoints& endpoints, const CallbackPost& post,
                 const Clock& clock)
      : store_(store),
        callbacks_(store),
        endpoints_(endpoints),
        post_(post),
        clock_(clock),
        settings_(post.settings()) {}

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }

  /// Once, before anything is started: what the last process of this worker had taken and not
  /// saved is due now, and need not wait for its lease to run out.
  Task<Result<void>> recover();

  /// Something may have been queued by this process: look soon. What another one queued is found
  /// by run_due.
  void wake();
  /// Starts what is due; returns how many deliveries.
  Task<Result<std::size_t>> run_due();
  /// Advances lanes that two transactions left standing.
  Task<Result<void>> sweep();

  std::size_t in_flight() const { return gate_.inside(); }
  /// Starts nothing more and returns when the deliveries under way have ended.
  Task<void> close() { return gate_.close(); }

 private:
  struct Outcome {
    store::CallbackResult result;
    bool reached = false;  // the endpoint was asked: its health is part of the outcome
  };

  Task<void> run_woken(Gate::Pass pass);
  Task<void> deliver(Gate::Pass pass, store::CallbackDelivery delivery);
  Task<Result<Outcome>> attempt(const store::CallbackDelivery& delivery);
  Task<void> save(store::CallbackDelivery delivery, Outcome outcome);

  store::Store& store_;
  store::CallbackRepository callbacks_;
  const CallbackEndpoints& endpoints_;
  const CallbackPost& post_;
  const Clock& clock_;
  const CallbackSettings& settings_;
  ChangeListener* listener_ = nullptr;
  std::atomic<bool> woken_{false};
  Gate gate_;
};

}  // namespace commsd::messaging
