#include "messaging/final_state.h"

#include "messaging/callback_payload.h"
#include "messaging/copies.h"
#include "store/callback_repository.h"
#include "store/inbox_repository.h"
#include "store/route_repository.h"

namespace commsd::messaging {

bool is_dead_letter(MessageState state) {
  return state == MessageState::failed || state == MessageState::undelivered ||
         state == MessageState::unknown;
}

void add_final_state(store::UnitOfWork& unit, const store::Message& message, MessageState state,
                     const Ids& ids, UnixMillis at) {
  if (!is_settled(state) || state == MessageState::submitted) return;
  // Copies are the organization's: they stand in the history of what they are copies of.
  if (!message.copy_of.empty()) return;
  const std::string_view name = to_string(state);
  if (is_dead_letter(state)) {
    const std::string_view reason =
        state == MessageState::unknown ? reason_outcome_unknown : reason_send_failed;
    store::InboxRepository::add_dead_letter(unit, message.org_id, message.id, name, reason,
                                            ids.make("in"), at);
  }
  if (state != MessageState::unknown && message.state == to_string(MessageState::unknown)) {
    store::InboxRepository::add_settle(unit, message.org_id, message.id, reason_outcome_unknown,
                                       at);
  }
  store::CallbackDelivery delivery;
  delivery.id = ids.make("cb");
  delivery.org_id = message.org_id;
  delivery.agent_id = message.agent_id;
  delivery.lane = message.agent_id + '/' + message.id;  // the states of one message, in order
  delivery.event = state_event(name);
  delivery.subject_id = message.id;
  delivery.created_at = at;
  store::CallbackRepository::add_state(unit, delivery, name);
  if (!may_have_route(message.routes, route::webhook_copy)) return;
  delivery.id = ids.make("cpy");
  store::RouteRepository::add_told_state(unit, delivery, name);
}

}  // namespace commsd::messaging
