#include "messaging/settlement.h"

#include "messaging/copies.h"
#include "policy/spend_guard.h"
#include "store/message_repository.h"

namespace commsd::messaging {

namespace {

policy::SpendGuard::Settlement settlement_of(const store::Message& message, UnixMillis now) {
  policy::SpendGuard::Settlement settlement;
  settlement.org_id = message.org_id;
  settlement.agent_id = message.agent_id;
  settlement.subject = message.id;
  settlement.action = message.copy_of.empty() ? message.channel : copy_action(message.channel);
  settlement.created_at = message.sent_from();
  settlement.now = now;
  return settlement;
}

}  // namespace

void add_settlement(store::UnitOfWork& unit, const store::Message& message,
                    const Result<plugin::Receipt>& receipt, MessageState state, UnixMillis now) {
  policy::SpendGuard::Settlement settlement = settlement_of(message, now);
  settlement.micros = message.cost_micros;  // of earlier attempts
  if (receipt) {
    if (!receipt->cost_micros) return;
    settlement.micros += *receipt->cost_micros;
    settlement.currency = receipt->currency;
    settlement.unless_settled = true;  // the bill may have been faster, and is the last word
    if (settlement.micros == message.reserved_micros) return;
  } else if (state != MessageState::failed && state != MessageState::cancelled) {
    return;
  }
  policy::SpendGuard::add_settle(unit, settlement);
}

void add_bill(store::UnitOfWork& unit, const store::Message& message,
              const plugin::ProviderEvent& event, UnixMillis now) {
  if (!event.cost_micros) return;
  store::MessageRepository::add_cost(unit, message.org_id, message.id, *event.cost_micros,
                                     event.currency);
  policy::SpendGuard::Settlement settlement = settlement_of(message, now);
  settlement.micros = *event.cost_micros;
  settlement.currency = event.currency;
  policy::SpendGuard::add_settle(unit, settlement);
}

}  // namespace commsd::messaging
