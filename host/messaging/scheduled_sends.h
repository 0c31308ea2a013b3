#pragma once

#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/agent_post.h"
#include "messaging/change_listener.h"
#include "messaging/delivery.h"
#include "messaging/message_state.h"
#include "messaging/outbound_pipeline.h"
#include "policy/spend_guard.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

class BodyStorage;

/// Messages that wait for their time. A row in `scheduled` is all there is to one, so no restart
/// loses it; the step that opens its attempt asks for that state, so of two workers, or of a worker
/// and somebody who cancels, one wins. The rules and limits are those of the moment in which it is
/// sent: what they refuse until later waits until then; what they refuse for good is `failed` and a
/// dead letter that says why. [any executor]
class ScheduledSends {
 public:
  struct Settings {
    std::string worker = "worker";
    const BodyStorage* bodies = nullptr;  // null: nothing stays once it is over
  };

  ScheduledSends(store::Store& store, const OutboundPipeline& outbound, policy::SpendGuard& spend,
                 Delivery& delivery, AgentPost& agent_post, const Clock& clock, const Ids& ids,
                 Settings settings)
      : store_(store),
        messages_(store),
        outbound_(outbound),
        spend_(spend),
        delivery_(delivery),
        agent_post_(agent_post),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)) {}

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }

  /// Sends what is due, at most `limit` messages; returns how many were due.
  Task<Result<std::size_t>> run_due(std::int64_t limit);

  /// The same with copies, which wait apart so that none is in the way of what it is a copy of. One
  /// that the rules or limits refuse for longer than an hour is `failed`.
  Task<Result<std::size_t>> run_due_copies(std::int64_t limit);

  /// Takes back a message that nobody was asked to take yet: one that is scheduled, or waits for a
  /// retry after a definite refusal. Twice is harmless. not_found: no such message of this agent
  /// ("" = any of the organization); rejected: too late, and why; conflict: it is being sent now.
  Task<Result<store::Message>> cancel(std::string org_id, std::string agent_id,
                                      std::string message_id);

 private:
  Task<void> send(store::Message message);
  Task<void> hold_back(store::Message message, Error why) const;
  Task<Result<void>> begin(store::Message message, plugin::OutboundMessage content,
                           Result<Delivery::Attempt> attempt, policy::Admission leave);
  Task<bool> end(store::Message& message, MessageState state, Error why);

  store::Store& store_;
  store::MessageRepository messages_;
  const OutboundPipeline& outbound_;
  policy::SpendGuard& spend_;
  Delivery& delivery_;
  AgentPost& agent_post_;
  const Clock& clock_;
  const Ids& ids_;
  Settings settings_;
  ChangeListener* listener_ = nullptr;
};

}  // namespace commsd::messaging
