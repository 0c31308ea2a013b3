#include "messaging/callback_sender.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/iso_time.h"
#include "messaging/callback_payload.h"
#include "messaging/callback_signature.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

/// No more side by side than hosts that do not answer may pile up.
constexpr std::size_t most_in_flight = 256;
constexpr std::size_t most_claimed = 64;
constexpr int gone = 410;

/// Longer than a callback is tried.
constexpr UnixMillis media_lifetime = 3 * 24 * 3'600'000;

bool is_about_message(const store::CallbackDelivery& delivery) {
  return delivery.subject_id.starts_with("msg_");
}

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
  if (delivery.attempts > settings_.most_attempts) {
    // Counted before each try, so this one never got as far as its record.
    outcome.result = ended("dead", "the server stopped at every try");
    co_return outcome;
  }
  auto body = co_await payload(delivery);
  if (!body) co_return fail(body.error());
  if (!*body) {
    outcome.result = ended("dead", "what it is about is no longer kept");
    co_return outcome;
  }
  Result<std::vector<std::string>> keys = endpoints_.keys(**endpoint);
  if (!keys) co_return fail(keys.error());

  const std::int64_t seconds = clock_.now() / 1000;
  CallbackRequest request;
  request.url = (*endpoint)->url;
  request.headers = {
      {"Content-Type", "application/json"},
      {"webhook-id", delivery.id},
      {"webhook-timestamp", std::to_string(seconds)},
      {"webhook-signature", callback_signature(*keys, delivery.id, seconds, **body)}};
  request.body = std::move(**body);
  request.limit = settings_.limit;
  Task<Result<CallbackAnswer>> posting = post_(std::move(request));
  const Result<CallbackAnswer> answer = co_await std::move(posting);
  co_return judge(delivery, answer);
}

Task<Result<std::optional<std::string>>> CallbackSender::payload(
    const store::CallbackDelivery& delivery) const {
  std::optional<std::string> text;
  if (is_about_message(delivery)) {
    auto message = co_await messages_.find(delivery.org_id, delivery.subject_id);
    if (!message) co_return fail(message.error());
    if (!*message) co_return text;
    auto name =
        co_await threads_.name_of(delivery.org_id, (*message)->agent_id, (*message)->to_address);
    if (!name) co_return fail(name.error());
    text = state_payload(delivery, **message, *name, threads_.contacts());
    co_return text;
  }
  auto item = co_await items_.find(delivery.org_id, delivery.agent_id, delivery.subject_id);
  if (!item) co_return fail(item.error());
  if (!*item) co_return text;
  // The same at every try, so not counted from now.
  const std::string media = media_
                                ? media_->media_json(**item, delivery.created_at + media_lifetime)
                                : (*item)->media_json;
  text = item_payload(delivery, **item, media, threads_.contacts());
  co_return text;
}

CallbackSender::Outcome CallbackSender::judge(const store::CallbackDelivery& delivery,
                                              const Result<CallbackAnswer>& answer) const {
  Outcome outcome;
  outcome.reached = true;
  store::CallbackResult& result = outcome.result;
  result.status = answer ? answer->status : 0;
  if (result.status >= 200 && result.status < 300) {
    result.state = "delivered";
    return outcome;
  }
  result.error = answer ? "HTTP status " + std::to_string(result.status) : answer.error().message;
  if (result.status == gone || delivery.attempts >= settings_.most_attempts) {
    result.state = "dead";
    return outcome;
  }
  result.state = "waiting";
  const auto index = static_cast<std::size_t>(delivery.attempts - 1);
  const auto wait = settings_.waits[std::min(index, settings_.waits.size() - 1)];
  const std::chrono::milliseconds asked = answer ? answer->retry_after : wait;
  result.next_attempt_at = clock_.now() + std::max(wait, asked).count();
  return outcome;
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
