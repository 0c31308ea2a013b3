#include "messaging/callback_sender.h"

#include <algorithm>

#include "base/crash_point.h"
#include "store/inbox_repository.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

/// No more side by side than hosts that do not answer may pile up.
constexpr std::size_t most_in_flight = 256;
constexpr std::size_t most_claimed = 64;

store::CallbackResult ended(std::string state, std::string error) {
  store::CallbackResult result;
  result.state = std::move(state);
  result.error = std::move(error);
  return result;
}

}  // namespace

Task<Result<void>> CallbackSender::recover() {
  store::UnitOfWork unit;
  store::CallbackRepository::add_reclaim(unit, settings_.worker, clock_.now());
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

void CallbackSender::wake() {
  if (woken_.exchange(true)) return;
  std::optional<Gate::Pass> pass = gate_.enter();
  if (pass) spawn(*Executor::current(), run_woken(std::move(*pass)));
}

Task<void> CallbackSender::run_woken(Gate::Pass pass) {
  const Gate::Pass inside = std::move(pass);
  woken_ = false;  // before the look: what is queued during it wakes again
  auto started = co_await run_due();
  if (!started) log::warn("callbacks_not_read", {{"code", to_string(started.error().code)}});
}

Task<Result<std::size_t>> CallbackSender::run_due() {
  const UnixMillis now = clock_.now();
  if (gate_.inside() >= most_in_flight) co_return std::size_t{0};
  // A look first, because a claim is a transaction of the writer, and mostly there is nothing.
  auto any = co_await callbacks_.any_due(now);
  if (!any) co_return fail(any.error());
  if (!*any) co_return std::size_t{0};
  const std::size_t room = std::min(most_claimed, most_in_flight - gate_.inside());
  store::UnitOfWork unit;
  store::CallbackRepository::add_claim(unit, settings_.worker, now, now + settings_.lease.count(),
                                       static_cast<std::int64_t>(room));
  Result<store::UnitOutcome> claimed = co_await store_.commit(std::move(unit));
  if (!claimed) co_return fail(claimed.error());
  std::vector<store::CallbackDelivery> deliveries =
      store::CallbackRepository::read_claimed(claimed->rows.front());
  crash_point("callback.after_claim");
  for (store::CallbackDelivery& delivery : deliveries) {
    std::optional<Gate::Pass> pass = gate_.enter();
    if (!pass) break;  // due again when the lease is over
    spawn(*Executor::current(), deliver(std::move(*pass), std::move(delivery)));
  }
  co_return deliveries.size();
}

Task<void> CallbackSender::deliver(Gate::Pass pass, store::CallbackDelivery delivery) {
  const Gate::Pass inside = std::move(pass);
  Task<Result<Outcome>> trying = attempt(delivery);
  Result<Outcome> outcome = co_await std::move(trying);
  if (!outcome) {  // of ours: it comes due again when the lease is over
    log::warn("callback_not_tried",
              {{"delivery_id", delivery.id}, {"code", to_string(outcome.error().code)}});
    co_return;
  }
  crash_point("callback.before_result");
  Task<void> saving = save(std::move(delivery), std::move(*outcome));
  co_await std::move(saving);
}

Task<Result<CallbackSender::Outcome>> CallbackSender::attempt(
    const store::CallbackDelivery& delivery) {
  auto endpoint = co_await callbacks_.endpoint(delivery.org_id, delivery.agent_id);
  if (!endpoint) co_return fail(endpoint.error());
  Outcome outcome;
  if (!*endpoint) {
    outcome.result = ended("dead", "the callback was removed");
    co_return outcome;
  }
  if ((*endpoint)->status != "active") {
    outcome.result = ended("waiting", delivery.last_error);  // until somebody enables it
    co_return outcome;
  }
  Result<std::vector<std::string>> keys = endpoints_.keys(**endpoint);
  if (!keys) co_return fail(keys.error());
  Task<Result<store::CallbackResult>> telling =
      post_.tell(delivery, (*endpoint)->url, std::move(*keys), outcome.reached);
  Result<store::CallbackResult> result = co_await std::move(telling);
  if (!result) co_return fail(result.error());
  outcome.result = std::move(*result);
  co_return outcome;
}

Task<void> CallbackSender::save(store::CallbackDelivery delivery, Outcome outcome) {
  const UnixMillis now = clock_.now();
  outcome.result.at = now;
  const bool delivered = outcome.result.state == "delivered";
  const bool about_item = !is_about_message(delivery);
  store::UnitOfWork unit;
  store::CallbackRepository::add_finish(unit, delivery, outcome.result);
  if (delivered) {
    store::CallbackRepository::add_succeeded(unit, delivery.org_id, delivery.agent_id, now);
    if (about_item) {
      const std::vector<std::string> ids{delivery.subject_id};
      store::InboxRepository::add_acknowledge(unit, delivery.org_id, delivery.agent_id, ids, now);
    }
  } else if (outcome.reached) {
    const auto longest =
        std::chrono::duration_cast<std::chrono::milliseconds>(settings_.disable_after);
    store::CallbackRepository::add_failed(unit, delivery.org_id, delivery.agent_id,
                                          outcome.result.error, now - longest.count(), now);
  }
  const bool dead = outcome.result.state == "dead";
  if (dead && about_item) {
    store::InboxRepository::add_reason(unit, delivery.org_id, delivery.agent_id,
                                       delivery.subject_id, "agent_offline",
                                       "the callback failed " + std::to_string(delivery.attempts) +
                                           " times: " + outcome.result.error);
  }
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  crash_point("callback.after_result");
  if (!saved) {  // told again when the lease is over, under the same id
    log::warn("callback_result_not_saved",
              {{"delivery_id", delivery.id}, {"code", to_string(saved.error().code)}});
    co_return;
  }
  if (!saved->committed) co_return;  // another worker has it since the lease ran out
  if (!delivered) {
    log::info("callback_failed", {{"delivery_id", delivery.id},
                                  {"agent_id", delivery.agent_id},
                                  {"attempts", delivery.attempts},
                                  {"status", outcome.result.status},
                                  {"state", outcome.result.state}});
  }
  if (delivered && about_item && listener_) {
    listener_->items_acknowledged(delivery.org_id, delivery.agent_id);
  }
  if (outcome.result.state != "waiting") wake();  // the next of the lane
}

Task<Result<void>> CallbackSender::sweep() {
  store::UnitOfWork unit;
  store::CallbackRepository::add_advance_forgotten(unit, clock_.now());
  Result<store::UnitOutcome> swept = co_await store_.commit(std::move(unit));
  if (!swept) co_return fail(swept.error());
  co_return Result<void>();
}

}  // namespace commsd::messaging
