#include "messaging/delivery.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/text.h"
#include "messaging/body_storage.h"
#include "messaging/content.h"
#include "messaging/copies.h"
#include "messaging/final_state.h"
#include "messaging/inbox.h"
#include "messaging/message_state.h"
#include "messaging/open_attempts.h"
#include "messaging/outcome.h"
#include "messaging/patient_commit.h"
#include "messaging/settlement.h"
#include "policy/contact_preferences.h"
#include "policy/opt_out.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

using plugin::MessageProvider;
using plugin::OutboundMessage;
using plugin::Receipt;
using std::chrono::milliseconds;

/// Asking under one key for longer than vendors keep it would send twice (24 h is common).
constexpr UnixMillis key_lifetime = 23 * 3'600'000;

/// A provider that has been away for so long does not come back by itself.
constexpr UnixMillis longest_absence = 24 * 3'600'000;

/// Whether some earlier attempt may have been taken. Only a success puts that to rest: what a later
/// attempt under the same key is told proves nothing about the first one.
bool may_be_held(const store::Message& message) {
  return message.error_code == to_string(ErrorCode::ambiguous);
}

/// Whether the message belongs to the provider of its last attempt: it may hold the message
/// already, or it asked us to come back.
bool is_pinned(const store::Message& message) {
  return may_be_held(message) || message.error_code == to_string(ErrorCode::rate_limited);
}

bool is_provider_fault(ErrorCode code) {
  const OutcomeClass outcome = classify(code);
  return outcome == OutcomeClass::failover || outcome == OutcomeClass::ambiguous;
}

}  // namespace

struct Delivery::Step {
  MessageState state = MessageState::failed;
  std::optional<UnixMillis> next_attempt_at;
  std::shared_ptr<MessageProvider> next_provider;  // set: go on with it at once
  std::string passed_over;  // a provider that would be next if it might send from the address
};

Result<Delivery::Attempt> Delivery::choose(const store::Message& message,
                                           std::string owners) const {
  const auto channel = plugin::parse_channel(message.channel);
  const plugin::Scope scope{message.org_id, message.agent_id};
  Attempt attempt;
  attempt.record.id = ids_.make("att");
  attempt.record.org_id = message.org_id;
  attempt.record.message_id = message.id;
  attempt.record.number = message.attempts + 1;
  attempt.record.started_at = clock_.now();
  attempt.record.worker = settings_.worker;
  attempt.owners = std::move(owners);

  if (message.attempts > 0 && is_pinned(message)) {
    attempt.provider = providers_.named(*channel, message.provider, scope);
    if (!attempt.provider && may_be_held(message)) {
      return fail(ErrorCode::ambiguous, "the provider '" + message.provider +
                                            "' that may hold this message is not configured any "
                                            "more");
    }
    const bool may =
        attempt.provider && policy::may_send_from(attempt.owners, attempt.provider->name());
    if (!may && !may_be_held(message)) attempt.provider.reset();
  }
  if (!attempt.provider) {
    const auto candidates = providers_.for_channel(*channel, scope);
    if (candidates.empty()) {
      return fail(providers_.why_none("the channel '" + message.channel + "'", scope));
    }
    const auto owning = policy::owners_among(candidates, attempt.owners);
    if (owning.empty()) return fail(policy::none_may_send(attempt.owners, message.channel));
    const auto usable = std::find_if(owning.begin(), owning.end(), [&](const auto& provider) {
      return breaker_.allow(provider->name(), message.channel);
    });
    if (usable != owning.end()) attempt.provider = *usable;
  }
  if (attempt.provider) attempt.record.provider = attempt.provider->name();
  return attempt;
}

void Delivery::note_attempt(store::Message& message, const Attempt& attempt) const {
  message.state = to_string(MessageState::attempting);
  message.state_rank = state_rank(MessageState::attempting);
  message.attempts = attempt.record.number;
  message.provider = attempt.record.provider;
  message.next_attempt_at.reset();
}

void Delivery::add_attempt(store::UnitOfWork& unit, store::Message& message,
                           const Attempt& attempt) const {
  const std::string expected = message.state;
  note_attempt(message, attempt);
  store::MessageRepository::add_attempt_started(unit, attempt.record, expected, message.state,
                                                message.state_rank);
}

void Delivery::start(store::Message message, OutboundMessage content, Attempt attempt) {
  std::optional<Gate::Pass> pass = gate_.enter();
  // Closed: the attempt is durable and open, and the next start finds out about it.
  if (!pass) return in_flight_.forget(message.id);
  spawn(*Executor::current(),
        run(std::move(*pass), std::move(message), std::move(content), std::move(attempt)));
}

Task<void> Delivery::run(Gate::Pass pass, store::Message message, OutboundMessage content,
                         Attempt attempt) {
  const Gate::Pass inside = std::move(pass);
  std::vector<std::string> tried;
  while (true) {
    crash_point("outbound.before_vendor");
    OutboundMessage prepared = prepare(content, message, attempt.record);
    Result<Receipt> receipt =
        co_await ask_vendor(*attempt.provider, std::move(prepared), attempt.record);
    crash_point("outbound.after_vendor");
    breaker_.report(attempt.record.provider, message.channel,
                    receipt || !is_provider_fault(receipt.error().code));
    tried.push_back(attempt.record.provider);

    Step step = decide(message, attempt, receipt, tried);
    if (!step.next_provider && !step.passed_over.empty()) {
      receipt.error().message += policy::not_asked(step.passed_over);
    }
    std::optional<policy::Admission> leave;
    if (step.next_provider) {
      policy::OutboundAction action = action_of(message.org_id, message.agent_id, content);
      Result<policy::Admission> allowed = co_await rules_.readmit(std::move(action));
      if (allowed && policy::may_send_from(allowed->owners(), step.next_provider->name())) {
        leave = std::move(*allowed);
      } else {
        wait_instead(step);  // then the rules are asked what becomes of it
      }
    }
    const store::Message before = message;
    store::UnitOfWork unit;
    add_outcome(unit, message, attempt.record, &content, receipt, step);
    Attempt next;
    if (step.next_provider) {
      leave->add_to(unit);
      next.provider = step.next_provider;
      next.owners = leave->owners();
      next.record = attempt.record;
      next.record.id = ids_.make("att");
      next.record.number = message.attempts + 1;
      next.record.provider = step.next_provider->name();
      next.record.started_at = clock_.now();
      add_attempt(unit, message, next);
    }
    crash_point("outbound.before_result");
    bool saved = co_await commit_patiently(store_, std::move(unit));
    if (!saved && step.next_provider) {  // a guard of the rules: the outcome alone is to be kept
      message = before;
      wait_instead(step);
      store::UnitOfWork outcome;
      add_outcome(outcome, message, attempt.record, &content, receipt, step);
      saved = co_await commit_patiently(store_, std::move(outcome));
    }
    lost_answers_.release(attempt.record.id);
    crash_point("outbound.after_result");
    if (saved) report(message);
    // Unsaved, the attempt stays open in the store and is looked up later (see forgotten), as after
    // a crash: no second send can come of it.
    if (!saved || !step.next_provider) break;
    attempt = std::move(next);
  }
  in_flight_.leave(message);
}

void Delivery::wait_instead(Step& step) const {
  step.next_provider.reset();
  step.next_attempt_at = clock_.now();
}

OutboundMessage Delivery::prepare(const OutboundMessage& content, const store::Message& message,
                                  const store::Attempt& attempt) const {
  OutboundMessage prepared = content;
  prepared.client_reference = attempt.id;
  prepared.idempotency_key = message.id;
  // The reference in the URL finds the message again even when the answer with the vendor's own
  // id was lost; it is covered by the vendor's signature of the URL.
  prepared.status_url = settings_.public_url + "/webhooks/" + percent_encode(message.agent_id) +
                        '/' + message.channel + "?ref=" + attempt.id;
  return prepared;
}

Task<Result<Receipt>> Delivery::ask_vendor(MessageProvider& provider, OutboundMessage content,
                                           const store::Attempt& attempt) const {
  Result<Receipt> receipt = co_await provider.send(content, settings_.vendor_limit);
  if (receipt || classify(receipt.error().code) != OutcomeClass::ambiguous) co_return receipt;
  if (!provider.can_look_up()) co_return receipt;
  Result<Receipt> found = co_await find_lost(provider, content, attempt, clock_.now());
  if (found) co_return found;
  co_return receipt;
}

Task<Result<Receipt>> Delivery::find_lost(MessageProvider& provider, const OutboundMessage& content,
                                          const store::Attempt& attempt,
                                          UnixMillis silent_since) const {
  plugin::LookUp what;
  what.client_reference = attempt.id;
  what.from = content.from;
  what.to = content.to;
  what.text = content.text;
  LostAttempt lost{attempt.id, attempt.message_id, attempt.provider, attempt.started_at,
                   silent_since};
  const auto look = [&provider, limit = settings_.vendor_limit](plugin::LookUp wanted) {
    return provider.find(std::move(wanted), limit);
  };
  const auto owner = [this, &attempt](std::string vendor_id) {
    return owner_by_vendor_id(&messages_, attempt.org_id, attempt.provider, std::move(vendor_id));
  };
  Task<Result<Receipt>> finding = lost_answers_.find(std::move(lost), std::move(what), look, owner);
  co_return co_await std::move(finding);
}

bool Delivery::may_ask_again(const store::Message& message, const Attempt& attempt,
                             UnixMillis now) const {
  if (attempt.provider && attempt.provider->has_idempotency_key()) {
    return now < message.sent_from() + key_lifetime;
  }
  const auto& chosen = settings_.resend_ambiguous;
  const auto channel = plugin::parse_channel(message.channel);
  return std::find(chosen.begin(), chosen.end(), channel) != chosen.end();
}

Delivery::Step Delivery::decide(const store::Message& message, const Attempt& attempt,
                                const Result<Receipt>& receipt,
                                const std::vector<std::string>& tried) const {
  Step step;
  if (receipt) {
    step.state = state_of_vendor_status(receipt->status).value_or(MessageState::submitted);
    return step;
  }
  const Error& error = receipt.error();
  const UnixMillis now = clock_.now();
  const bool may_retry = message.attempts < settings_.most_attempts;
  const UnixMillis wait =
      std::max<UnixMillis>(error.retry_after.count(), wait_after(message.attempts));
  const auto later = [&] {
    step.state = may_retry ? MessageState::accepted : MessageState::failed;
    if (may_retry) step.next_attempt_at = now + wait;
  };
  if (may_be_held(message)) {
    step.state = MessageState::unknown;
    if (may_retry && may_ask_again(message, attempt, now)) later();
    return step;
  }
  switch (classify(error.code)) {
    case OutcomeClass::refused:
      break;
    case OutcomeClass::throttled:
      later();
      break;
    case OutcomeClass::ambiguous:
      step.state = MessageState::unknown;
      if (may_retry && may_ask_again(message, attempt, now)) later();
      break;
    case OutcomeClass::failover: {
      const auto channel = plugin::parse_channel(message.channel);
      for (auto& provider : providers_.for_channel(*channel, {message.org_id, message.agent_id})) {
        if (std::find(tried.begin(), tried.end(), provider->name()) != tried.end()) continue;
        if (!policy::may_send_from(attempt.owners, provider->name())) {
          step.passed_over = provider->name();
          continue;
        }
        if (!may_retry || !breaker_.allow(provider->name(), message.channel)) continue;
        step.state = MessageState::accepted;
        step.next_provider = std::move(provider);
        return step;
      }
      later();
      break;
    }
  }
  return step;
}

void Delivery::add_outcome(store::UnitOfWork& unit, store::Message& message,
                           const store::Attempt& attempt, const OutboundMessage* content,
                           const Result<Receipt>& receipt, const Step& step) const {
  store::AttemptResult result;
  result.org_id = message.org_id;
  result.message_id = message.id;
  result.attempt_id = attempt.id;
  result.expected_state = message.state;
  result.state = to_string(step.state);
  result.state_rank = state_rank(step.state);
  result.next_attempt_at = step.next_attempt_at;
  result.at = clock_.now();
  const bool lost = !receipt && classify(receipt.error().code) == OutcomeClass::ambiguous;
  note_answer(result, receipt, lost || may_be_held(message));
  if (!receipt) {
    log::warn("attempt_failed", {{"message_id", message.id},
                                 {"attempt_id", attempt.id},
                                 {"provider", attempt.provider},
                                 {"outcome", result.outcome},
                                 {"code", result.error_code},
                                 {"vendor_code", result.vendor_code}});
    if (settings_.vendor_blocks.means_opt_out(attempt.provider, result.vendor_code)) {
      policy::ContactPreferences::add_opt_out(
          unit, message.org_id, message.channel,
          policy::contact_hash(settings_.contact_key, message.to_address), "vendor", result.at);
    }
  }
  store::MessageRepository::add_result(unit, result);
  if (receipt && content) add_copy(unit, message, *content, ids_, result.at);
  add_final_state(unit, message, step.state, ids_, result.at);
  add_settlement(unit, message, receipt, step.state, result.at);
  if (is_settled(step.state)) {
    BodyStorage::add_end(unit, settings_.bodies, message, step.state, result.at);
  }
  if (step.state == MessageState::failed) add_content_release(unit, message);
  apply_end(message, result);
  message.next_attempt_at = result.next_attempt_at;
}

UnixMillis Delivery::wait_after(std::int64_t attempts) const {
  UnixMillis wait = settings_.retry_first.count();
  for (std::int64_t i = 1; i < attempts && wait < settings_.retry_longest.count(); ++i) wait *= 2;
  return std::min<UnixMillis>(wait, settings_.retry_longest.count());
}

void Delivery::report(const store::Message& message) const {
  if (listener_) listener_->message_changed(message);
  const auto state = parse_message_state(message.state);
  const bool letter = state && is_dead_letter(*state) && message.copy_of.empty();
  if (inbox_ && letter) inbox_->announce(message.agent_id);
}

Task<Result<std::vector<store::Attempt>>> Delivery::interrupted() const {
  return interrupted_attempts<store::Attempt>(messages_, settings_.worker);
}

Task<Result<std::vector<store::Attempt>>> Delivery::forgotten(std::int64_t limit) const {
  return forgotten_attempts<store::Attempt>(messages_, limit, clock_.now(), settings_.vendor_limit);
}

Task<void> Delivery::recover(store::Attempt attempt) {
  // So that no two find out about one attempt, and who asks for its twin waits for what is found.
  if (!in_flight_.enter(attempt.message_id)) co_return;
  auto message = co_await messages_.find(attempt.org_id, attempt.message_id);
  auto payload = co_await messages_.payload(attempt.org_id, attempt.message_id);
  if (!message || !*message || !payload) {
    in_flight_.forget(attempt.message_id);
    co_return;
  }

  Attempt open;
  open.record = attempt;
  const Result<OutboundMessage> content = content_of(**message, *payload);
  Result<Receipt> receipt =
      fail(ErrorCode::ambiguous, "the server stopped while the provider was being asked");
  receipt.error().remedy = "look for the message at the provider; send it again if it is not there";
  if (const auto channel = plugin::parse_channel((*message)->channel)) {
    open.provider =
        providers_.named(*channel, attempt.provider, {attempt.org_id, (*message)->agent_id});
  }
  // A report came before us (a callback finds its message while its attempt is open): the vendor
  // took it, and what the report said stands. The statement keeps every state but this one.
  const bool reported = (*message)->state_rank > state_rank(MessageState::attempting);
  (*message)->state = to_string(MessageState::attempting);
  if (reported) {
    Receipt known;
    known.vendor_id = (*message)->vendor_id;
    receipt = std::move(known);
  } else if (open.provider && open.provider->can_look_up() && content) {
    // Its last byte left before this process began, and before its limit ran out. So what is old
    // needs one look: a server that is killed again and again would never get past the others.
    const UnixMillis silent_since =
        std::min<UnixMillis>(begun_, attempt.started_at + settings_.vendor_limit.count());
    Result<Receipt> found = co_await find_lost(*open.provider, *content, attempt, silent_since);
    if (found) receipt = std::move(found);
  }
  const std::vector<std::string> tried;
  const Step step = decide(**message, open, receipt, tried);
  store::UnitOfWork unit;
  add_outcome(unit, **message, attempt, content ? &*content : nullptr, receipt, step);
  const bool saved = co_await commit_patiently(store_, std::move(unit));
  lost_answers_.release(attempt.id);
  if (saved && !reported) {
    report(**message);
    in_flight_.leave(**message);
  } else {
    in_flight_.forget(attempt.message_id);  // who waits reads the store
  }
}

Task<Result<std::size_t>> Delivery::run_due(std::int64_t limit) {
  Result<std::vector<store::Message>> due = co_await messages_.due(clock_.now(), limit);
  if (!due) co_return fail(due.error());
  for (store::Message& message : *due) co_await retry(std::move(message));
  co_return due->size();
}

std::string Delivery::reason_to_give_up(const store::Message& message, bool has_content,
                                        const Result<Attempt>& attempt) const {
  if (!has_content) return "the content of the message is gone or damaged";
  if (!may_be_held(message)) return {};
  // Asked again here, because the server may have been down since the retry was planned: by now
  // the vendor may have forgotten the key, or the administrator may have chosen never over twice.
  const UnixMillis now = clock_.now();
  const bool may = attempt && attempt->provider ? may_ask_again(message, *attempt, now)
                                                : now < message.sent_from() + key_lifetime;
  return may ? std::string()
             : "whether the provider '" + message.provider +
                   "' took the message could not be found out while asking again was safe";
}

Task<void> Delivery::give_up(store::Message message, Error why) const {
  const std::string expected = message.state;
  const bool held = may_be_held(message);
  const MessageState state = held ? MessageState::unknown : MessageState::failed;
  message.state = to_string(state);
  message.state_rank = state_rank(state);
  message.error_code = to_string(held ? ErrorCode::ambiguous : why.code);
  message.failure_reason = why.rule.empty() || why.message.starts_with(why.rule)
                               ? std::move(why.message)
                               : why.rule + ": " + why.message;
  message.failure_remedy = held
                               ? "look for the message at the provider; send it again if it is not "
                                 "there"
                               : std::move(why.remedy);
  message.updated_at = clock_.now();
  store::UnitOfWork unit;
  store::MessageRepository::add_give_up(unit, message, expected);
  add_final_state(unit, message, state, ids_, message.updated_at);
  if (!held) add_content_release(unit, message);
  const Result<Receipt> none = fail(ErrorCode::unavailable, message.failure_reason);
  add_settlement(unit, message, none, state, message.updated_at);
  BodyStorage::add_end(unit, settings_.bodies, message, state, message.updated_at);
  if (co_await commit_patiently(store_, std::move(unit))) report(message);
}

Task<void> Delivery::hold_back(store::Message message, Error refusal) const {
  const UnixMillis now = clock_.now();
  // Without a rule it is the store that failed: what is due stays due.
  if (refusal.rule.empty() && refusal.code != ErrorCode::not_found) co_return;
  if (refusal.next_allowed_at <= now) {
    co_await give_up(std::move(message), std::move(refusal));
    co_return;
  }
  store::UnitOfWork unit;
  store::MessageRepository::add_postpone(unit, message.org_id, message.id, message.state,
                                         refusal.next_allowed_at, now);
  co_await commit_patiently(store_, std::move(unit));
}

Task<void> Delivery::retry(store::Message message) {
  auto payload = co_await messages_.payload(message.org_id, message.id);
  if (!payload) co_return;
  Result<OutboundMessage> content = content_of(message, *payload);
  Result<policy::Admission> leave = fail(ErrorCode::invalid_argument, "there is no content");
  if (content) {
    policy::OutboundAction action = action_of(message.org_id, message.agent_id, *content);
    leave = co_await rules_.readmit(std::move(action));
  }
  // What the rules do not let out needs no provider, but who may hold it is asked for all the same.
  const Result<Attempt> attempt = choose(message, leave ? leave->owners() : std::string());

  std::string reason = reason_to_give_up(message, content.has_value(), attempt);
  if (!reason.empty()) {
    Error why;
    why.message = std::move(reason);
    why.remedy = "send it again";
    co_await give_up(std::move(message), std::move(why));
    co_return;
  }
  if (!leave) {
    co_await hold_back(std::move(message), leave.error());
    co_return;
  }
  message.routes = leave->routes();
  Task<Result<void>> beginning =
      begin(std::move(message), std::move(*content), attempt, std::move(*leave));
  co_await std::move(beginning);  // what did not begin is due again
}

Task<Result<void>> Delivery::begin(store::Message message, OutboundMessage content,
                                   Result<Attempt> attempt, policy::Admission leave) {
  const UnixMillis now = clock_.now();
  store::UnitOfWork unit;
  const bool nobody_has_the_number = !attempt && attempt.error().rule == "sender";
  if (nobody_has_the_number && now >= message.sent_from() + longest_absence) {
    co_await give_up(std::move(message), attempt.error());
    co_return Result<void>();
  }
  if (!attempt || !attempt->provider) {
    store::MessageRepository::add_postpone(unit, message.org_id, message.id, message.state,
                                           now + wait_after(message.attempts + 1), now);
    co_await commit_patiently(store_, std::move(unit));
    co_return Result<void>();
  }
  leave.add_to(unit);
  add_attempt(unit, message, *attempt);
  const bool scheduled = message.attempts == 1 && message.started_at;
  if (scheduled) store::MessageRepository::add_started(unit, message);
  in_flight_.enter(message.id);
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome || !outcome->committed) {
    in_flight_.forget(message.id);
    if (!outcome) co_return fail(outcome.error());
    std::optional<Error> refusal = co_await rules_.refusal(leave, outcome->failed_step);
    if (refusal) co_return fail(std::move(*refusal));
    co_return fail(ErrorCode::conflict, "somebody was faster");
  }
  report(message);
  start(std::move(message), std::move(content), std::move(*attempt));
  co_return Result<void>();
}

}  // namespace commsd::messaging
